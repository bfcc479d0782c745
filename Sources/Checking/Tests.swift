import Declarations
import Diagnostics
import Syntax
import Tensors

extension Checker {
  func checkTests(of file: FileScope) {
    var names: [String: Span] = [:]
    for case .test(let declaration) in file.unit.declarations {
      if let earlier = names[declaration.name] {
        report(.duplicateTest(declaration.name, at: declaration.nameSpan, earlier: earlier))
      }
      names[declaration.name] = declaration.nameSpan
      let body = BodyChecker(checker: self, file: file, kind: .test)
      let bindings = declaration.bindings.compactMap { body.binding($0) }
      let expectations = declaration.expectations.compactMap { body.expectation($0) }
      body.warnUnusedLocals()
      tests.append(
        CheckedTest(name: declaration.name, bindings: bindings, expectations: expectations, span: declaration.span))
    }
  }

  /// Warns of declarations that nothing uses. A file without `train` and `test` is there to be imported.
  func warnUnused(in root: FileScope) {
    let isProgram = root.unit.declarations.contains { declaration in
      switch declaration {
      case .train, .test: true
      default: false
      }
    }
    for (name, entity) in root.names {
      guard let span = root.places[name], !root.used.contains(name), root.unit.declarations.count > 0 else { continue }
      if let place = root.imported[name] {
        if isProgram || entity != .unknown { report(.unused("import", Name(name, place))) }
        continue
      }
      switch entity {
      case .constant(let index):
        if constants[index].override == nil { report(.unused("let", Name(name, span))) }
      case .layer(let index):
        if isProgram { report(.unused(layers[index].declaration.isModel ? "model" : "layer", Name(name, span))) }
      case .data(let index):
        if isProgram { report(.unused("data", Name(name, span))) }
        _ = index
      case .unknown: break
      }
    }
    for entry in data where entry.file === root && root.used.contains(entry.declaration.name.text) {
      for field in entry.fields where !entry.usedFields.contains(field.name) && entry.split?.stratify != field.name {
        report(.unused("field", Name(field.name, field.span)))
      }
    }
  }
}
