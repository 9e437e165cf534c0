// reactive.mjs [PEER [NAME]]: a library, alien-signals unless told, on the graphs of tests/bench_reactive.c, built, written
// and checked in the same way. Prints one JSON line a test; NAME chooses the tests whose name contains it. scripts/bench-reactive
// runs it.
import { load } from './peers.mjs';

const { signal, computed, effect, effectScope, batch } = await load(process.argv[2] ?? 'alien-signals');

function set(node, value) {
	batch(() => node.write(value));
}

function expect(what, expected, found) {
	if (expected !== found) throw new Error(`${what} is ${found}, expected ${expected}`);
}

function cpuMs() {
	const { user, system } = process.cpuUsage();
	return (user + system) / 1000;
}

// Builds in a scope; answers what build answered, and a function that disposes all of it.
function scoped(build) {
	let built;
	const dispose = effectScope(() => {
		built = build();
	});
	return [built, dispose];
}

function bestOf(repetitions, measure) {
	let best = Infinity;
	for (let i = 0; i < repetitions; i++) best = Math.min(best, measure());
	return best;
}

// ---- nine small graphs, each written to in many rounds ---------------------------------------------------------------

function measureKairo(build) {
	const [round, dispose] = scoped(build);
	for (let i = 0; i < 3; i++) round();
	const best = bestOf(5, () => {
		const start = cpuMs();
		for (let i = 0; i < 500; i++) round();
		return cpuMs() - start;
	});
	dispose();
	return best;
}

function writeAndCheck(head, last, writes, slope, offset) {
	for (let i = 0; i < writes; i++) {
		set(head, i);
		expect('the last node', slope * i + offset, last.read());
	}
}

function avoidable() {
	const head = signal(0);
	let runs = 0;
	let middleRuns = 0;
	const first = computed(() => head.read());
	const second = computed(() => (first.read(), 0));
	const third = computed(() => (middleRuns++, second.read() + 1));
	const fourth = computed(() => third.read() + 2);
	const last = computed(() => fourth.read() + 3);
	effect(() => {
		last.read();
		runs++;
	});
	return () => {
		set(head, 1);
		expect('the last node', 6, last.read());
		writeAndCheck(head, last, 1000, 0, 6);
		expect('runs of the third', 1, middleRuns);
		expect('runs of the effect', 1, runs);
	};
}

function broad() {
	const head = signal(0);
	let last;
	let runs = 0;
	for (let i = 0; i < 50; i++) {
		const first = computed(() => head.read() + i);
		const second = computed(() => first.read() + 1);
		effect(() => {
			second.read();
			runs++;
		});
		last = second;
	}
	return () => {
		set(head, 1);
		runs = 0;
		writeAndCheck(head, last, 50, 1, 50);
		expect('runs', 2500, runs);
	};
}

function deep() {
	const head = signal(0);
	let last = head;
	let runs = 0;
	for (let i = 0; i < 50; i++) {
		const above = last;
		last = computed(() => above.read() + 1);
	}
	effect(() => {
		last.read();
		runs++;
	});
	return () => {
		set(head, 1);
		runs = 0;
		writeAndCheck(head, last, 50, 1, 50);
		expect('runs', 50, runs);
	};
}

function diamond() {
	const head = signal(0);
	const nodes = [];
	let runs = 0;
	for (let i = 0; i < 5; i++) nodes.push(computed(() => head.read() + 1));
	const last = computed(() => {
		let total = 0;
		for (const node of nodes) total += node.read();
		return total;
	});
	effect(() => {
		last.read();
		runs++;
	});
	return () => {
		set(head, 1);
		expect('the sum', 10, last.read());
		runs = 0;
		writeAndCheck(head, last, 500, 5, 5);
		expect('runs', 500, runs);
	};
}

function mux() {
	const heads = Array.from({ length: 100 }, () => signal(0));
	const all = computed(() => {
		const numbers = new Array(100);
		for (let i = 0; i < 100; i++) numbers[i] = heads[i].read();
		return numbers;
	});
	const leaves = [];
	for (let i = 0; i < 100; i++) {
		const pick = computed(() => all.read()[i]);
		const leaf = computed(() => pick.read() + 1);
		leaves.push(leaf);
		effect(() => {
			leaf.read();
		});
	}
	return () => {
		for (let factor = 1; factor <= 2; factor++) {
			for (let i = 0; i < 10; i++) {
				set(heads[i], i * factor);
				expect('a leaf', i * factor + 1, leaves[i].read());
			}
		}
	};
}

function repeated() {
	const head = signal(0);
	let runs = 0;
	const last = computed(() => {
		let total = 0;
		for (let i = 0; i < 30; i++) total += head.read();
		return total;
	});
	effect(() => {
		last.read();
		runs++;
	});
	return () => {
		set(head, 1);
		expect('the sum', 30, last.read());
		runs = 0;
		writeAndCheck(head, last, 100, 30, 0);
		expect('runs', 100, runs);
	};
}

function triangle() {
	const head = signal(0);
	const nodes = [];
	let node = head;
	let runs = 0;
	for (let i = 0; i < 10; i++) {
		const above = node;
		nodes.push(above);
		node = computed(() => above.read() + 1);
	}
	const last = computed(() => {
		let total = 0;
		for (const each of nodes) total += each.read();
		return total;
	});
	effect(() => {
		last.read();
		runs++;
	});
	return () => {
		set(head, 1);
		expect('the sum', 55, last.read());
		runs = 0;
		writeAndCheck(head, last, 100, 10, 45);
		expect('runs', 100, runs);
	};
}

function unstable() {
	const head = signal(0);
	const double = computed(() => head.read() * 2);
	const inverse = computed(() => -head.read());
	let runs = 0;
	const last = computed(() => {
		let total = 0;
		for (let i = 0; i < 20; i++) total += head.read() % 2 ? double.read() : inverse.read();
		return total;
	});
	effect(() => {
		last.read();
		runs++;
	});
	return () => {
		set(head, 1);
		expect('the sum', 40, last.read());
		runs = 0;
		for (let i = 0; i < 100; i++) {
			set(head, i);
			expect('the sum', i % 2 ? i * 40 : i * -20 + 0, last.read() + 0);
		}
		expect('runs', 100, runs);
	};
}

function fibonacci(n) {
	return n < 2 ? 1 : fibonacci(n - 1) + fibonacci(n - 2);
}

function hard(n) {
	return n + fibonacci(16);
}

function mol() {
	const a = signal(0);
	const b = signal(0);
	let seen = 0;
	let rounds = 0;
	const c = computed(() => (a.read() % 2) + (b.read() % 2));
	const d = computed(() => {
		const numbers = new Array(5);
		for (let i = 0; i < 5; i++) numbers[i] = i + (a.read() % 2) - (b.read() % 2);
		return numbers;
	});
	const e = computed(() => hard(c.read() + a.read() + d.read()[0]));
	const f = computed(() => hard(d.read()[2] || b.read()));
	const g = computed(() => c.read() + (c.read() || e.read() % 2) + d.read()[4] + f.read());
	effect(() => {
		seen += hard(g.read());
	});
	effect(() => {
		seen += g.read();
	});
	effect(() => {
		seen += hard(f.read());
	});
	return () => {
		const i = ++rounds;
		seen = 0;
		batch(() => {
			b.write(1);
			a.write(1 + i * 2);
		});
		batch(() => {
			a.write(2 + i * 2);
			b.write(2);
		});
		expect('what the effects saw', 9616, seen);
	};
}

// ---- layers of four computeds ----------------------------------------------------------------------------------------

function checkLayer(layer, expected) {
	for (let i = 0; i < 4; i++) expect('a value', expected[i], layer[i].read());
}

function measureLayers(layers, before, after) {
	let runs = 0;
	const [[top, end], dispose] = scoped(() => {
		const top = [signal(1), signal(2), signal(3), signal(4)];
		let layer = top;
		for (let i = 0; i < layers; i++) {
			const [a, b, c, d] = layer;
			layer = [
				computed(() => b.read()),
				computed(() => a.read() - c.read()),
				computed(() => b.read() + d.read()),
				computed(() => c.read()),
			];
			for (const node of layer) {
				effect(() => {
					node.read();
					runs++;
				});
			}
		}
		return [top, layer];
	});
	expect('first runs', 4 * layers, runs);
	const start = cpuMs();
	checkLayer(end, before);
	batch(() => {
		for (let i = 0; i < 4; i++) top[i].write(4 - i);
	});
	checkLayer(end, after);
	const duration = cpuMs() - start;
	dispose();
	return duration;
}

function measureCellx(layers, before, after) {
	let duration = 0;
	for (let i = 0; i < 10; i++) duration += measureLayers(layers, before, after);
	return duration;
}

// ---- 100,000 nodes in many ratios of signals to effects, each warmed up with a hundredth of it ------------------------

const COUNT = 100000;

function createCount(count) {
	const nodes = new Array(count);
	const start = cpuMs();
	for (let i = 0; i < count; i++) nodes[i] = signal(i);
	return cpuMs() - start;
}

function warmThenMeasure(measure) {
	for (let i = 0; i < 3; i++) measure(100);
	return measure(1);
}

function createSignals() {
	return warmThenMeasure((share) => createCount(COUNT / share));
}

let rangeRuns = 0;

// An effect that reads count signals from first on.
function readRange(sources, first, count) {
	effect(() => {
		let total = 0;
		for (let i = first; i < first + count; i++) total += sources[i].read();
		rangeRuns++;
		if (total < 0) throw new Error('below zero');
	});
}

// Creates a share of the effects of one ratio, and disposes them; the signals are there before.
function createRatio([signals, effects], share) {
	const all = signals > 1 ? COUNT / signals : COUNT;
	const made = all / share;
	const sources = [];
	for (let i = 0; i < (all / effects) * signals; i++) sources.push(signal(i));
	rangeRuns = 0;
	const start = cpuMs();
	const [, dispose] = scoped(() => {
		for (let i = 0; i < made; i++) readRange(sources, Math.floor(i / effects) * signals, signals);
	});
	dispose();
	const duration = cpuMs() - start;
	expect('runs', made, rangeRuns);
	return duration;
}

function updateRatio([signals, effects, allWrites], share) {
	const writes = allWrites / share;
	rangeRuns = 0;
	const start = cpuMs();
	const sources = [];
	for (let i = 0; i < signals; i++) sources.push(signal(i));
	const [, dispose] = scoped(() => {
		for (let i = 0; i < effects; i++) readRange(sources, 0, signals);
	});
	for (let i = 1; i <= writes; i++) set(sources[0], i);
	dispose();
	const duration = cpuMs() - start;
	expect('runs', effects * (writes + 1), rangeRuns);
	return duration;
}

function measureRatios(measure, ratios) {
	let duration = 0;
	for (const ratio of ratios) duration += warmThenMeasure((share) => measure(ratio, share));
	return duration;
}

const creations = [[0, 1], [1, 1], [2, 1], [4, 1], [1000, 1], [1, 2], [1, 4], [1, 8], [1, 1000]];
const updates = [
	[1, 1, 400000], [2, 1, 200000], [4, 1, 100000], [1000, 1, 400], [1, 2, 100000], [1, 4, 100000], [1, 1000, 10000],
];

// ---- six rectangular graphs ------------------------------------------------------------------------------------------

// sfc32, seeded by MurmurHash3 of "seed".
function makeRandom() {
	let hash = 2166136261;
	for (const letter of 'seed') {
		const mixed = Math.imul(letter.charCodeAt(0), 3432918353);
		hash ^= Math.imul((mixed << 15) | (mixed >>> 17), 461845907);
		hash = (hash << 13) | (hash >>> 19);
		hash = (Math.imul(hash, 5) + 3864292196) | 0;
	}
	hash ^= 4;
	const nextSeed = () => {
		hash = Math.imul(hash ^ (hash >>> 16), 2246822507);
		hash = Math.imul(hash ^ (hash >>> 13), 3266489909);
		hash ^= hash >>> 16;
		return hash | 0;
	};
	let a = nextSeed();
	let b = nextSeed();
	let c = nextSeed();
	let d = nextSeed();
	return () => {
		d = (d + 1) | 0;
		const sum = (a + b + d) | 0;
		a = b ^ (b >>> 9);
		b = (c + (c << 3)) | 0;
		c = (((c << 21) | (c >>> 11)) + sum) | 0;
		return (sum >>> 0) / 4294967296;
	};
}

function makeCell(counter, sources, isStatic) {
	if (isStatic) {
		return computed(() => {
			counter.runs++;
			let sum = 0;
			for (const source of sources) sum += source.read();
			return sum;
		});
	}
	const first = sources[0];
	const tail = sources.slice(1);
	return computed(() => {
		counter.runs++;
		let sum = first.read();
		const leftOut = sum & 1 ? sum % tail.length : -1;
		for (let i = 0; i < tail.length; i++) {
			if (i !== leftOut) sum += tail[i].read();
		}
		return sum;
	});
}

function makeLayer(counter, shape, above, random) {
	return above.map((_, column) => {
		const sources = [];
		for (let i = 0; i < shape.sources; i++) sources.push(above[(column + i) % shape.width]);
		return makeCell(counter, sources, random() < shape.staticShare);
	});
}

function buildGrid(counter, shape) {
	const random = makeRandom();
	const signals = Array.from({ length: shape.width }, (_, i) => signal(i));
	let leaves = signals;
	for (let i = 1; i < shape.layers; i++) leaves = makeLayer(counter, shape, leaves, random);
	const choice = makeRandom();
	leaves = leaves.slice();
	for (let i = Math.round(shape.width * (1 - shape.readShare)); i > 0; i--)
		leaves.splice(Math.floor(choice() * leaves.length), 1);
	effect(() => {
		for (const leaf of leaves) leaf.read();
	});
	return [signals, leaves];
}

function pass(signals, leaves, iterations) {
	for (let i = 0; i < iterations; i++) {
		const source = i % signals.length;
		set(signals[source], i + source);
		for (const leaf of leaves) leaf.read();
	}
	return leaves.reduce((sum, leaf) => sum + leaf.read(), 0);
}

function measureDynamic(width, layers, sources, staticShare, readShare, iterations, sum, runs) {
	const counter = { runs: 0 };
	const shape = { width, layers, sources, staticShare, readShare };
	const [[signals, leaves], dispose] = scoped(() => buildGrid(counter, shape));
	for (let i = 0; i < 3; i++) pass(signals, leaves, iterations);
	const best = bestOf(3, () => {
		counter.runs = 0;
		const start = cpuMs();
		expect('the sum', sum, pass(signals, leaves, iterations));
		expect('runs', runs, counter.runs);
		return cpuMs() - start;
	});
	dispose();
	return best;
}

// ----------------------------------------------------------------------------------------------------------------------

const tests = {
	'avoidable propagation': () => measureKairo(avoidable),
	'broad': () => measureKairo(broad),
	'deep': () => measureKairo(deep),
	'diamond': () => measureKairo(diamond),
	'mux': () => measureKairo(mux),
	'repeated observers': () => measureKairo(repeated),
	'triangle': () => measureKairo(triangle),
	'unstable': () => measureKairo(unstable),
	'mol': () => measureKairo(mol),
	'cellx 1000': () => measureCellx(1000, [-3, -6, -2, 2], [-2, -4, 2, 3]),
	'cellx 2500': () => measureCellx(2500, [-3, -6, -2, 2], [-2, -4, 2, 3]),
	'cellx 5000': () => measureCellx(5000, [2, 4, -1, -6], [-2, 1, -4, -4]),
	'create signals': createSignals,
	'create computations': () => measureRatios(createRatio, creations),
	'update signals': () => measureRatios(updateRatio, updates),
	'dynamic: simple': () => measureDynamic(10, 5, 2, 1, 0.2, 600000, 19199968, 3480000),
	'dynamic: dynamic': () => measureDynamic(10, 10, 6, 0.75, 0.2, 15000, 302310782860, 1155000),
	'dynamic: large web app': () => measureDynamic(1000, 12, 4, 0.95, 1, 7000, 29355933696000, 1463000),
	'dynamic: wide dense': () => measureDynamic(1000, 5, 25, 1, 1, 3000, 1171484375000, 732000),
	'dynamic: deep': () => measureDynamic(5, 500, 3, 1, 1, 500, 3.0239642676898464e241, 1246500),
	'dynamic: very dynamic': () => measureDynamic(100, 15, 6, 0.5, 1, 2000, 15664996402790400, 1078000),
};

for (const [test, measure] of Object.entries(tests)) {
	if (process.argv[3] !== undefined && !test.includes(process.argv[3])) continue;
	console.log(JSON.stringify({ test, cpu_ms: measure() }));
}
