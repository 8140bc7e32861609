// The panels of a page, from above.

const makePanels = (scene, panel) => {
  const { messages } = scene.run;
  const panels = [panel('Timeline of clients, nodes and faults', drawTimeline, timelineHit)];
  if (messages) {
    const label = 'Space-time diagram: the messages between nodes';
    const made = panel(label, drawMessages, messageHit, MESSAGE_LEGEND, messagesLeftOut(messages));
    panels.push({ ...made, refilter: () => filterMessages(scene), lanes: () => messageLanes(scene) });
  }
  const rates = panel('Latency and rate of operations', drawRates, rateHit, RATE_LEGEND);
  return [...panels, { ...rates, refilter: () => filterRates(scene) }];
};

const MESSAGE_LEGEND = '→ arrived · ✕ dropped on the way · dashed: a second copy · dotted: overtaken '
  + 'by a later one · ○ the receiver was dead · thick green: leads · orange: candidate';
const RATE_LEGEND = 'above, how long it took: ▪ answered, × failed, △ outcome unknown; lines: median, '
  + '95 % (dashed), 99 % (dotted) of those answered · below, how many were called';

const makeLists = (scene, box, { select }) => (scene.run.logs.rows > 0 ? [makeLogs(scene, box, select)] : []);

const block = document.getElementById('run-data');
if (block) {
  document.documentElement.classList.add('live');
  explore(document.getElementById('explore'), readRun(JSON.parse(block.textContent)));
}
