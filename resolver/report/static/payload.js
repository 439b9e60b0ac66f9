// The data of the page: JSON, compressed, in base64, so that no text in it can be taken for markup.

async function readData() {
  const packed = atob(document.getElementById('data').textContent);
  const bytes = Uint8Array.from(packed, (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return JSON.parse(await new Response(stream).text());
}
