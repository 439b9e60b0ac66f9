// Drives the vendor's Node client: reads one call a line from standard input, writes one answer a line.
// A call is the way from client.memory.v1 to a result: [["identifiers", [store, profile]], ["create", [{...}]]].
const [base, modules] = process.argv.slice(2);
const twilio = require(require.resolve("twilio", { paths: [modules] }));
const client = twilio("AC" + "0".repeat(32), "secret");
client.memory.baseUrl = base;

const plain = (value) => JSON.parse(JSON.stringify(value ?? null, (_, part) => (part instanceof Set ? [...part] : part)));

// An instance's toJSON leaves some fields out; its own enumerable ones are all that was answered.
const fields = (value) => {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return plain(value);
  return Object.fromEntries(Object.entries(value).filter(([name]) => !name.startsWith("_")).map(([name, part]) => [name, plain(part)]));
};

async function answer(line) {
  try {
    let at = client.memory.v1;
    for (const [name, given] of JSON.parse(line)) at = await at[name](...given);
    return { ok: Array.isArray(at) ? at.map(fields) : fields(at) };
  } catch (error) {
    return { status: error.status ?? null, code: error.code ?? null, message: error.message };
  }
}

require("readline")
  .createInterface({ input: process.stdin })
  .on("line", async (line) => process.stdout.write(JSON.stringify(await answer(line)) + "\n"));
process.stdout.write(JSON.stringify({ ok: require(require.resolve("twilio/package.json", { paths: [modules] })).version }) + "\n");
