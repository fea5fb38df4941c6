// The summary on paper: the chart as it is on the screen, drawn in light colours at the width of a page.

const PAPER = { width: 980, height: 510, ratio: 2.5 };

function drawOnPaper() {
  if (timeline.length === 0) return;
  chart.hoverAt(-1, 0);
  frame.resize(PAPER.width, PAPER.height, PAPER.ratio);
  const canvas = byId('chart-paper');
  chart.paint(canvas);
  const marks = document.createElement('canvas');
  chart.mark(marks);
  canvas.getContext('2d').drawImage(marks, 0, 0, frame.width, frame.height);
  frame.measure();
}

function startPrint() {
  byId('print').addEventListener('click', () => window.print());
  // After the theme's own listener, which makes the colours light.
  window.addEventListener('beforeprint', drawOnPaper);
}
