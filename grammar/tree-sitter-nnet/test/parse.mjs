// Reads .nnet files with grammar.js alone, without tree-sitter's generator: node parse.mjs grammar.js FILE…
// Prints one line a file: "ok", or the offset where no token fits. An Earley parser (Earley 1970) over the rules, with
// tokens chosen as tree-sitter does: among those that fit the state, the longest; of these, a string before a pattern.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import vm from 'node:vm';

const [grammarPath, ...files] = process.argv.slice(2);

// The functions that grammar.js calls.
const rule = value =>
  typeof value === 'string' ? { type: 'STRING', value }
    : value instanceof RegExp || Object.prototype.toString.call(value) === '[object RegExp]'
      ? { type: 'PATTERN', value: value.source } : value;
const wrap = content => ({ ...rule(content) });
const precedence = (_, content) => wrap(content === undefined ? _ : content);
precedence.left = precedence.right = precedence.dynamic = precedence;
const token = content => ({ type: 'TOKEN', content: rule(content) });
token.immediate = content => ({ type: 'TOKEN', immediate: true, content: rule(content) });
const dsl = {
  seq: (...members) => ({ type: 'SEQ', members: members.map(rule) }),
  choice: (...members) => ({ type: 'CHOICE', members: members.map(rule) }),
  optional: content => ({ type: 'CHOICE', members: [rule(content), { type: 'BLANK' }] }),
  repeat: content => ({ type: 'REPEAT', content: rule(content) }),
  repeat1: content => ({ type: 'REPEAT1', content: rule(content) }),
  field: (_, content) => wrap(content),
  alias: content => wrap(content),
  prec: precedence, token, grammar: definition => definition, module: { exports: {} },
  require: createRequire(resolve(grammarPath)), RegExp,
};
vm.runInNewContext(readFileSync(grammarPath, 'utf8'), dsl);
const definition = dsl.module.exports;

const symbols = new Proxy({}, { get: (_, name) => ({ type: 'SYMBOL', name }) });
const externals = new Set(definition.externals(symbols).map(symbol => symbol.name));
const rules = Object.fromEntries(Object.entries(definition.rules).map(([name, body]) => [name, rule(body(symbols))]));

// Flattened productions: name → list of right sides; a terminal is an object with a pattern.
const productions = new Map();
const terminals = new Map();
let helpers = 0;

const escaped = text => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

function pattern(node) {
  switch (node.type) {
    case 'STRING': return escaped(node.value);
    case 'PATTERN': return `(?:${node.value})`;
    case 'CHOICE': return `(?:${node.members.map(pattern).join('|')})`;
    case 'SEQ': return node.members.map(pattern).join('');
    case 'REPEAT': return `(?:${pattern(node.content)})*`;
    case 'REPEAT1': return `(?:${pattern(node.content)})+`;
    default: throw new Error(`no pattern of ${node.type}`);
  }
}

function terminal(node) {
  const inner = node.type === 'TOKEN' ? node.content : node;
  const key = JSON.stringify(node);
  if (!terminals.has(key)) {
    terminals.set(key, {
      key, isString: inner.type === 'STRING', isImmediate: node.immediate === true,
      pattern: new RegExp(pattern(inner), 'y'),
    });
  }
  return terminals.get(key);
}

function define(name, node) {
  if (productions.has(name)) return name;
  productions.set(name, []);
  const alternatives = node.type === 'CHOICE' ? node.members : [node];
  productions.set(name, alternatives.map(right));
  return name;
}

function right(node) {
  if (node.type === 'SEQ') return node.members.flatMap(right);
  if (node.type === 'BLANK') return [];
  return [symbol(node)];
}

function symbol(node) {
  switch (node.type) {
    case 'SYMBOL':
      if (externals.has(node.name)) return { external: node.name };
      return define(node.name, rules[node.name]);
    case 'STRING': case 'PATTERN': case 'TOKEN': return terminal(node);
    case 'REPEAT': case 'REPEAT1': {
      const name = `#${helpers++}`;
      const inner = right(node.content);
      productions.set(name, [node.type === 'REPEAT' ? [] : inner, [name, ...inner]]);
      return name;
    }
    default: {
      const name = `#${helpers++}`;
      return define(name, node);
    }
  }
}

define('file', rules.file);
const extras = /(?:[ \t\r\n\uFEFF]|\/\/[^\n]*)*/y;
const nullable = new Set();
for (let changed = true; changed;) {
  changed = false;
  for (const [name, sides] of productions) {
    if (nullable.has(name) || !sides.some(side => side.every(part => nullable.has(part)))) continue;
    nullable.add(name);
    changed = true;
  }
}

function match(expression, text, place) {
  expression.lastIndex = place;
  const found = expression.exec(text);
  return found ? place + found[0].length : -1;
}

/** What src/scanner.c decides. */
function endsLine(text, place) {
  const end = match(extras, text, place);
  if (end >= text.length || text[end] === '}') return true;
  if (!text.slice(place, end).includes('\n')) return false;
  const rest = text.slice(end, end + 40);
  if (/^(->|\.)/.test(rest) || /^(and|or)(?![A-Za-z_0-9])(?!\s*:)/.test(rest)) return false;
  return !/^([-+*/@^%<>]|[=!<>]=)\s/.test(rest);
}

function parse(text) {
  const states = [new Map()];
  const places = [0];
  const add = (set, item) => {
    const key = `${item.name}|${item.side}|${item.dot}|${item.start}`;
    if (!set.has(key)) set.set(key, item);
  };
  productions.get('file').forEach((_, side) => add(states[0], { name: 'file', side, dot: 0, start: 0 }));
  for (let index = 0; ; index++) {
    const set = states[index];
    const wanted = new Map();
    for (const item of set.values()) {
      const next = productions.get(item.name)[item.side][item.dot];
      if (next === undefined) {
        for (const parent of states[item.start].values()) {
          if (productions.get(parent.name)[parent.side][parent.dot] !== item.name) continue;
          add(set, { ...parent, dot: parent.dot + 1 });
        }
      } else if (typeof next === 'string') {
        productions.get(next).forEach((_, side) => add(set, { name: next, side, dot: 0, start: index }));
        if (nullable.has(next)) add(set, { ...item, dot: item.dot + 1 });
      } else {
        wanted.set(next.external ?? next.key, next);
      }
    }
    const place = places[index];
    const behind = match(extras, text, place);
    const accepts = [...set.values()].some(item =>
      item.name === 'file' && item.start === 0 && item.dot === productions.get('file')[item.side].length);
    let chosen;
    let end = place;
    for (const candidate of wanted.values()) {
      if (!candidate.external) continue;
      if (endsLine(text, place)) chosen = candidate;
    }
    if (!chosen) {
      for (const candidate of wanted.values()) {
        if (candidate.external) continue;
        const stop = match(candidate.pattern, text, candidate.isImmediate ? place : behind);
        const isImmediate = candidate.isImmediate && stop > place;
        if (stop < 0 || (!candidate.isImmediate && stop === behind)) continue;
        const better = !chosen || (isImmediate && !chosen.isImmediate) || (isImmediate === chosen.isImmediate
          && (stop > end || (stop === end && candidate.isString && !chosen.isString)));
        if (better) [chosen, end] = [candidate, stop];
      }
    }
    if (!chosen) return accepts && behind >= text.length ? -1 : behind;
    const next = new Map();
    for (const item of set.values()) {
      const symbol = productions.get(item.name)[item.side][item.dot];
      if (symbol === chosen || (symbol?.external && symbol.external === chosen.external)) {
        add(next, { ...item, dot: item.dot + 1 });
      }
    }
    states.push(next);
    places.push(end);
  }
}

let failed = false;
for (const file of files) {
  const text = readFileSync(file, 'utf8');
  const offset = parse(text);
  const line = text.slice(0, Math.max(offset, 0)).split('\n').length;
  console.log(`${file}: ${offset < 0 ? 'ok' : `error at line ${line}`}`);
  failed ||= offset >= 0;
}
process.exit(failed ? 1 : 0);
