// The panels of a page, from above.

const makePanels = (scene, panel) => [
  panel('Timeline of clients, nodes and faults', drawTimeline, timelineHit),
];

const makeLists = () => [];

const block = document.getElementById('run-data');
if (block) {
  document.documentElement.classList.add('live');
  explore(document.getElementById('explore'), readRun(JSON.parse(block.textContent)));
}
