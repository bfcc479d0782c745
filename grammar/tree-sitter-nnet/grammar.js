/**
 * @file The grammar of .nnet files for tree-sitter. The productions are those of ../nnet.ebnf; where a statement ends is
 * decided by src/scanner.c, which emits `_line_end` before a line that does not go on, before "}" and at the end.
 */

/// <reference types="tree-sitter-cli/dsl" />
// @ts-check

const keywords = [
  'import', 'data', 'layer', 'model', 'train', 'sweep', 'test', 'from', 'on', 'as', 'where', 'except', 'in', 'step',
  'weight', 'scan', 'expect',
];
const reserved = ['let', 'and', 'or', 'not', 'true', 'false'];

/** Items between commas; a comma may stand behind the last. */
function list(rule) {
  return seq(rule, repeat(seq(',', rule)), optional(','));
}

/** Names between commas. */
function names(rule) {
  return seq(rule, repeat(seq(',', rule)));
}

module.exports = grammar({
  name: 'nnet',
  externals: $ => [$._line_end],
  extras: $ => [/[ \t\r\n\uFEFF]/, $.doc_comment, $.comment],
  word: $ => $.identifier,
  supertypes: $ => [$.declaration, $.expression, $.type],
  conflicts: $ => [[$.at_most, $._operand], [$.everything]],

  rules: {
    file: $ => repeat($.declaration),

    comment: _ => token(prec(-1, /\/\/[^\n]*/)),
    doc_comment: _ => token(/\/\/\/[^\n]*/),

    // Declarations

    declaration: $ => choice(
      $.import, $.constant, $.data, $.layer, $.model, $.train, $.sweep, $.test,
    ),

    import: $ => seq('import', names(field('name', $.name)), 'from', field('path', $.string), $._line_end),
    constant: $ => seq($.binding, $._line_end),
    data: $ => seq('data', field('name', $.name), 'from', field('source', $.expression), field('body', $.data_block)),
    layer: $ => seq('layer', $._signature, field('body', $.body)),
    model: $ => seq('model', $._signature, field('body', $.body)),
    _signature: $ => seq(
      field('name', $.name), field('parameters', $.parameters), '->', field('result', $.type), optional($.facts),
    ),
    parameters: $ => seq('(', optional(list($.parameter)), ')'),
    parameter: $ => seq(
      field('name', $.label), ':', field('type', $.type), optional(seq('=', field('default', $.expression))),
    ),
    facts: $ => seq('where', names($.expression)),
    train: $ => seq(
      'train', names(field('model', $.name)), optional(seq('except', names(field('frozen', $.name)))),
      'on', field('data', $.name), optional(seq('as', field('label', $.name))), field('body', $.train_block),
    ),
    sweep: $ => seq(
      'sweep', names(field('model', $.name)), optional(seq('on', field('data', $.name))), field('body', $.sweep_block),
    ),
    test: $ => seq('test', field('name', $.string), field('body', $.test_block)),

    // Blocks and statements

    body: $ => seq('{', repeat(seq(choice($.binding, $.weight, $.expression), $._line_end)), '}'),
    data_block: $ => seq('{', repeat(seq(choice($.binding, $.setting), $._line_end)), '}'),
    train_block: $ => seq('{', repeat(seq(choice($.binding, $.setting, $.step), $._line_end)), '}'),
    sweep_block: $ => seq('{', repeat(seq($.setting, $._line_end)), '}'),
    test_block: $ => seq('{', repeat(seq(choice($.binding, $.expectation), $._line_end)), '}'),
    step_block: $ => seq('{', repeat(seq(choice($.binding, $.setting), $._line_end)), '}'),

    binding: $ => seq(
      'let', choice(seq(field('name', $.name), optional($._annotation)), seq($.pattern, optional($._annotation))),
      '=', field('value', $.expression),
    ),
    pattern: $ => seq('(', list($.pattern_element), ')'),
    pattern_element: $ => seq(field('name', $.name), optional($._annotation)),
    _annotation: $ => seq(':', field('type', $.type)),
    weight: $ => seq('weight', field('name', $.name), $._annotation, '=', field('value', $.expression)),
    setting: $ => seq(field('name', $.label), ':', field('value', $.expression)),
    expectation: $ => seq('expect', $.expression),
    step: $ => seq('step', names(field('model', $.name)), field('body', $.step_block)),

    // Types

    type: $ => choice($.shape, $.named_type, $.record_type),
    shape: $ => seq('[', optional(list($._shape_element)), ']'),
    _shape_element: $ => choice($.expression, $.pack, $.at_most),
    pack: $ => seq('...', $.name),
    at_most: $ => prec.dynamic(1, seq($.name, '<=', $._sum)),
    named_type: $ => seq(
      field('name', $.name), optional($.arguments), optional(alias($._touching_shape, $.shape)),
    ),
    _touching_shape: $ => seq(token.immediate('['), optional(list($._shape_element)), ']'),
    record_type: $ => seq('(', list($.type_field), ')'),
    type_field: $ => seq(field('name', $.label), ':', field('type', $.type)),

    // Expressions. Each level of precedence is a rule of its own, as comparisons and ranges do not associate.

    expression: $ => choice($.chain, $._disjunction),
    chain: $ => seq(field('head', $._postfix), repeat1(seq('->', field('stage', $._postfix)))),

    _disjunction: $ => choice($._conjunction, alias($._or, $.operation)),
    _or: $ => seq($._conjunction, repeat1(seq('or', $._conjunction))),
    _conjunction: $ => choice($._negation, alias($._and, $.operation)),
    _and: $ => seq($._negation, repeat1(seq('and', $._negation))),
    _negation: $ => choice($._comparison, alias($._not, $.unary)),
    _not: $ => seq('not', $._negation),
    _comparison: $ => choice($._range, alias($._compare, $.operation)),
    _compare: $ => seq($._range, choice('==', '!=', '<', '<=', '>', '>='), $._range),
    _range: $ => choice($._sum, $.range),
    range: $ => seq(field('lower', $._sum), choice('...', '..<'), field('upper', $._sum)),
    _sum: $ => choice($._product, alias($._add, $.operation)),
    _add: $ => seq($._product, repeat1(seq(choice('+', '-'), $._product))),
    _product: $ => choice($._prefix, alias($._multiply, $.operation)),
    _multiply: $ => seq($._prefix, repeat1(seq(choice('*', '/', '%', '@'), $._prefix))),
    _prefix: $ => choice($._power, alias($._negate, $.unary)),
    _negate: $ => seq('-', $._prefix),
    _power: $ => choice($._postfix, alias($._raise, $.operation)),
    _raise: $ => seq($._postfix, '^', $._prefix),

    _postfix: $ => choice($._operand, $.call, $.index, $.member),
    call: $ => seq(field('callee', $._postfix), $.arguments),
    arguments: $ => seq(token.immediate('('), optional(list($._argument)), ')'),
    _argument: $ => choice($.expression, $.argument),
    argument: $ => seq(field('name', $.label), ':', field('value', $.expression)),
    index: $ => seq(field('base', $._postfix), token.immediate('['), $._elements, ']'),
    member: $ => seq(field('base', $._postfix), '.', field('name', $.name)),

    _operand: $ => choice(
      $.name, $.integer, $.real, $.percent, $.string, $.boolean, $.parenthesized, $.record, $.list, $.scan,
    ),
    boolean: _ => choice('true', 'false'),
    parenthesized: $ => seq('(', $.expression, ')'),
    record: $ => seq('(', optional(choice(
      seq($.argument, repeat(seq(',', $._argument)), optional(',')),
      seq($.expression, repeat1(seq(',', $._argument)), optional(',')),
    )), ')'),
    list: $ => seq('[', optional($._elements), ']'),
    _elements: $ => choice(
      seq($.expression, repeat(seq(',', $.expression)), optional(seq(',', $.everything)), optional(',')),
      seq($.everything, optional(',')),
    ),
    everything: $ => seq('*', optional(seq('except', $.expression, repeat(seq(',', $.expression))))),
    scan: $ => seq(
      'scan', names($.sequence), 'from', names($.state), field('body', $.body),
    ),
    sequence: $ => seq(field('name', $.name), 'in', field('source', $.expression)),
    state: $ => seq(field('name', $.name), $._annotation, '=', field('value', $.expression)),

    // Words: every keyword is a name where no keyword can stand, and every word before ":" is a label.

    name: $ => choice($.identifier, ...keywords),
    label: $ => choice($.name, ...reserved),
    identifier: _ => /[A-Za-z_][A-Za-z_0-9]*/,

    // Literals

    integer: _ => /[0-9](_?[0-9])*/,
    real: _ => token(choice(
      /[0-9](_?[0-9])*\.[0-9](_?[0-9])*([eE][+-]?[0-9](_?[0-9])*)?/,
      /[0-9](_?[0-9])*[eE][+-]?[0-9](_?[0-9])*/,
    )),
    percent: _ => token(/[0-9](_?[0-9])*(\.[0-9](_?[0-9])*)?([eE][+-]?[0-9](_?[0-9])*)?%/),
    string: $ => seq('"', repeat(choice($.string_content, $.escape)), token.immediate('"')),
    string_content: _ => token.immediate(prec(1, /[^"\\\n]+/)),
    escape: _ => token.immediate(/\\([nt\\"]|u\{[0-9A-Fa-f]{1,6}\})/),
  },
});
