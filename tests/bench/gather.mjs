// gather.mjs DIRECTORY FILE: what the benchmarks have written to the directory, NAME.json each, becomes one file by name.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const [directory, file] = process.argv.slice(2);
const names = readdirSync(directory).filter((name) => name.endsWith('.json')).sort();
const all = names.map((name) => [name.slice(0, -5), JSON.parse(readFileSync(`${directory}/${name}`, 'utf8'))]);
writeFileSync(file, JSON.stringify(Object.fromEntries(all), null, '\t') + '\n');
