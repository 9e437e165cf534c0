// compare.mjs DIRECTORY PEER...: reads reactive-ours.jsonl and, of each peer by its number, reactive-N.jsonl, which hold one line
// a test and round, prints the medians and their ratios to the first peer, the geometric means to all, and writes them to
// reactive.json.
import { readFileSync, writeFileSync } from 'node:fs';

const MEAN_TARGET = 0.25;
const TEST_TARGET = 0.65;
const MEMORY_TARGETS = { signal: 64, computed: 96, effect: 96, edge: 56 }; // bytes; blocks they lie in add less than one
const [directory, ...peers] = process.argv.slice(2);

function readLines(side) {
	const text = readFileSync(`${directory}/reactive-${side}.jsonl`, 'utf8');
	return text.trim().split('\n').map((line) => JSON.parse(line));
}

function median(numbers) {
	const sorted = numbers.slice().sort((a, b) => a - b);
	const middle = sorted.length >> 1;
	return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

// The median of each test.
function medians(lines) {
	const groups = new Map();
	for (const { test, cpu_ms } of lines) groups.set(test, [...(groups.get(test) ?? []), cpu_ms]);
	return new Map([...groups].map(([test, times]) => [test, median(times)]));
}

function row(first, ...rest) {
	console.log(first.padEnd(26) + rest.map((text) => text.padStart(15)).join(''));
}

// Our ratio to each test of a peer.
function compare(peer, number) {
	const theirs = medians(readLines(number));
	const tests = [...ours].map(([test, ms]) => ({ test, ours_ms: ms, peer_ms: theirs.get(test), ratio: ms / theirs.get(test) }));
	const mean = Math.exp(tests.reduce((sum, { ratio }) => sum + Math.log(ratio), 0) / tests.length);
	return { peer, geometric_mean: mean, tests };
}

const lines = readLines('ours');
const ours = medians(lines.filter((line) => line.test));
const memory = Object.fromEntries(lines.filter((line) => line.memory).map((line) => [line.memory, line.bytes]));
const compared = peers.map(compare);
const [{ peer, tests }] = compared;
const worst = tests.reduce((a, b) => (b.ratio > a.ratio ? b : a));

row('test (CPU ms, median)', 'ours', peer.replace(/@.*/, ''), 'ratio');
for (const { test, ours_ms, peer_ms, ratio } of tests) row(test, ours_ms.toFixed(2), peer_ms.toFixed(2), ratio.toFixed(3));
for (const { peer, geometric_mean } of compared) row(`mean, ${peer}`.padEnd(56), geometric_mean.toFixed(3));
console.log(`target: at most ${MEAN_TARGET}, and no test above ${TEST_TARGET}, of the first; the highest is ${worst.test}`);
row('memory (bytes)', 'ours', 'target');
for (const [what, bytes] of Object.entries(memory)) row(what, bytes.toFixed(1), MEMORY_TARGETS[what].toString());
const result = { target: MEAN_TARGET, test_target: TEST_TARGET, peers: compared, memory, memory_targets: MEMORY_TARGETS };
writeFileSync(`${directory}/reactive.json`, JSON.stringify(result, null, '\t') + '\n');
