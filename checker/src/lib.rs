//! Decides whether a recorded history is linearizable, and says why not.
