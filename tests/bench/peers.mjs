// peers.mjs: each library through the objects by which js-reactivity-benchmark uses it: signal, computed, effect, batch, and
// effectScope, which builds and answers a function that disposes of what was built.

async function alien() {
	const library = await import('alien-signals');
	return {
		signal: (initial) => {
			const node = library.signal(initial);
			return { read: () => node(), write: (value) => node(value) };
		},
		computed: (run) => {
			const node = library.computed(run);
			return { read: () => node() };
		},
		effect: library.effect,
		effectScope: library.effectScope,
		batch: (write) => {
			library.startBatch();
			write();
			library.endBatch();
		},
	};
}

async function preact() {
	const library = await import('@preact/signals-core');
	let scope = [];
	return {
		signal: (initial) => {
			const node = library.signal(initial);
			return { read: () => node.value, write: (value) => { node.value = value; } };
		},
		computed: (run) => {
			const node = library.computed(run);
			return { read: () => node.value };
		},
		effect: (run) => scope.push(library.effect(() => { run(); })),
		effectScope: (build) => {
			const outer = scope, own = [];
			scope = own;
			build();
			scope = outer;
			return () => own.forEach((dispose) => dispose());
		},
		batch: library.batch,
	};
}

async function vue() {
	const library = await import('@vue/reactivity');
	let waiting = [];
	return {
		signal: (initial) => {
			const node = library.shallowRef(initial);
			return { read: () => node.value, write: (value) => { node.value = value; } };
		},
		computed: (run) => {
			const node = library.computed(run);
			return { read: () => node.value };
		},
		effect: (run) => {
			const runner = library.effect(() => { run(); }, { scheduler: () => waiting.push(runner) });
		},
		effectScope: (build) => {
			const scope = library.effectScope(true);
			scope.run(build);
			return () => scope.stop();
		},
		batch: (write) => {
			write();
			while (waiting.length) {
				const due = waiting;
				waiting = [];
				for (const runner of due) if (runner.effect.dirty) runner();
			}
		},
	};
}

const peers = { 'alien-signals': alien, '@preact/signals-core': preact, '@vue/reactivity': vue };

export function load(name) {
	return peers[name]();
}
