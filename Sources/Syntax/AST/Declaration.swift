import Diagnostics

/// `import Block, Tower from "blocks.nnet"`.
package struct ImportDeclaration: Sendable {
  package var names: [Name]
  package var path: String
  package var pathSpan: Span
  package var span: Span
  package init(names: [Name], path: String, pathSpan: Span, span: Span) {
    self.names = names
    self.path = path
    self.pathSpan = pathSpan
    self.span = span
  }
}

/// `name: value`, a setting of a data, train, step or sweep block.
package struct Setting: Sendable {
  package var name: Name
  package var value: Expression
  package var span: Span
  package init(name: Name, value: Expression, span: Span) {
    self.name = name
    self.value = value
    self.span = span
  }
}

/// `data Iris from csv("iris.csv") { let …; split: … }`.
package struct DataDeclaration: Sendable {
  package var doc: [String]
  package var name: Name
  package var source: Expression
  package var fields: [Binding]
  package var settings: [Setting]
  package var span: Span
  package init(doc: [String], name: Name, source: Expression, fields: [Binding], settings: [Setting], span: Span) {
    self.doc = doc
    self.name = name
    self.source = source
    self.fields = fields
    self.settings = settings
    self.span = span
  }
}

/// A parameter of a layer or model: `x: [T, D]`, `heads: Int`, `rate: Float = 0`, `inner: Layer`.
package struct Parameter: Sendable {
  package var name: Name
  package var type: TypeExpression
  package var defaultValue: Expression?
  package var span: Span
  package init(name: Name, type: TypeExpression, defaultValue: Expression?, span: Span) {
    self.name = name
    self.type = type
    self.defaultValue = defaultValue
    self.span = span
  }
}

/// `layer` or `model Name(parameters) -> result where facts { body }`.
package struct LayerDeclaration: Sendable {
  package var doc: [String]
  package var isModel: Bool
  package var name: Name
  package var parameters: [Parameter]
  /// Just before `)`, where a parameter could be added.
  package var result: TypeExpression
  package var facts: [Expression]
  /// Where a `where` clause stands or could be added: empty at the end of the header without one.
  package var factsSpan: Span
  package var body: Block
  package var span: Span
  package init(
    doc: [String], isModel: Bool, name: Name, parameters: [Parameter], result: TypeExpression, facts: [Expression],
    factsSpan: Span, body: Block, span: Span
  ) {
    self.doc = doc
    self.isModel = isModel
    self.name = name
    self.parameters = parameters
    self.result = result
    self.facts = facts
    self.factsSpan = factsSpan
    self.body = body
    self.span = span
  }
}

/// `step Critic, Other { … }`.
package struct StepDeclaration: Sendable {
  package var models: [Name]
  package var bindings: [Binding]
  package var settings: [Setting]
  package var span: Span
  package init(models: [Name], bindings: [Binding], settings: [Setting], span: Span) {
    self.models = models
    self.bindings = bindings
    self.settings = settings
    self.span = span
  }
}

/// `train A, B except C on Data as Label { … }`.
package struct TrainDeclaration: Sendable {
  package var doc: [String]
  package var models: [Name]
  package var frozen: [Name]
  package var data: Name
  package var label: Name?
  package var bindings: [Binding]
  package var settings: [Setting]
  package var steps: [StepDeclaration]
  /// From the keyword to just before `{`.
  package var headerSpan: Span
  package var span: Span
  package init(
    doc: [String], models: [Name], frozen: [Name], data: Name, label: Name?, bindings: [Binding], settings: [Setting],
    steps: [StepDeclaration], headerSpan: Span, span: Span
  ) {
    self.doc = doc
    self.models = models
    self.frozen = frozen
    self.data = data
    self.label = label
    self.bindings = bindings
    self.settings = settings
    self.steps = steps
    self.headerSpan = headerSpan
    self.span = span
  }
}

/// `sweep Classifier on Iris { … }`; `target` names a train block by its label or its models.
package struct SweepDeclaration: Sendable {
  package var doc: [String]
  package var models: [Name]
  package var data: Name?
  package var settings: [Setting]
  package var span: Span
  package init(doc: [String], models: [Name], data: Name?, settings: [Setting], span: Span) {
    self.doc = doc
    self.models = models
    self.data = data
    self.settings = settings
    self.span = span
  }
}

/// `test "name" { let …; expect … }`.
package struct TestDeclaration: Sendable {
  package var doc: [String]
  package var name: String
  package var nameSpan: Span
  package var bindings: [Binding]
  package var expectations: [Expression]
  package var span: Span
  package init(
    doc: [String], name: String, nameSpan: Span, bindings: [Binding], expectations: [Expression], span: Span
  ) {
    self.doc = doc
    self.name = name
    self.nameSpan = nameSpan
    self.bindings = bindings
    self.expectations = expectations
    self.span = span
  }
}

package enum Declaration: Sendable {
  case `import`(ImportDeclaration)
  case constant(Binding)
  case data(DataDeclaration)
  case layer(LayerDeclaration)
  case train(TrainDeclaration)
  case sweep(SweepDeclaration)
  case test(TestDeclaration)
}

/// A file as the checker sees it; broken parts are left out or `missing`, and were reported.
package struct SourceUnit: Sendable {
  package var file: FileID
  package var declarations: [Declaration]
  /// `// allow: name, name` comments: the warning names and the zero-based line of the comment.
  package var allowances: [(names: [Name], line: Int)]
  package init(file: FileID, declarations: [Declaration], allowances: [(names: [Name], line: Int)]) {
    self.file = file
    self.declarations = declarations
    self.allowances = allowances
  }
}

/// What parsing gives: always a unit, with every syntax error that was found.
package struct ParsedFile: Sendable {
  package var unit: SourceUnit
  package var diagnostics: [Diagnostic]
  package init(unit: SourceUnit, diagnostics: [Diagnostic]) {
    self.unit = unit
    self.diagnostics = diagnostics
  }
}
