import Declarations
import Diagnostics
import Syntax
import Tensors

extension BodyChecker {
  /// `let x: [16, 4]` of a value `[4]` beside `batch: 16`: the batch is never written. True after a report, which
  /// accounts for the same size in the models that are trained on the data.
  func reportsBatch(_ type: TypeExpression, _ wanted: TensorType, _ value: CheckedExpression) -> Bool {
    guard case .tensor(let given) = value.type, case .data(let index) = kind,
      let batch = wanted.shape.axes.first?.size.constant, given.shape.axes.count + 1 == wanted.shape.axes.count,
      areEqual(Shape(Array(wanted.shape.axes.dropFirst())), given.shape), batch != 1,
      case .tensor(_, _, let elements) = type.kind, let first = elements.first
    else { return false }
    let name = checker.data[index].declaration.name.text
    let trains = file.unit.declarations.compactMap { declaration -> TrainDeclaration? in
      guard case .train(let train) = declaration, train.data.text == name else { return nil }
      return size(ofBatch: train) == batch ? train : nil
    }
    if trains.isEmpty { return false }
    let isCertain = !trains.flatMap(\.models).contains { isBatched($0, batch) }
    report(.batchInType(first.span, next: elements.dropFirst().first?.span, batch: batch, isCertain: isCertain))
    for train in trains {
      checker.batched.append(train.span)
      for case .layer(let layer)? in train.models.map({ file.names[$0.text] }) where isBatched(layer, batch) {
        checker.batched.append(checker.layers[layer].declaration.span)
      }
    }
    return true
  }

  /// A model whose input begins with the size of the batch, given values that do not; true after a report.
  func reportsBatch(_ model: LayerDeclaration, _ input: (name: Name, type: CheckedType), _ given: CheckedType) -> Bool {
    guard kind == .train, let batch = writtenBatch, case .tensor(let wanted) = input.type,
      case .tensor(let type) = given, wanted.shape.axes.first?.size.constant == batch,
      areEqual(Shape(Array(wanted.shape.axes.dropFirst())), type.shape),
      let parameter = model.parameters.first(where: { $0.name.text == input.name.text }),
      case .tensor(_, _, let elements) = parameter.type.kind, let first = elements.first
    else { return false }
    var diagnostic = Diagnostic.batchInType(
      first.span, next: elements.dropFirst().first?.span, batch: batch, isCertain: false, isOfData: false)
    if let removal = batchInResult(of: model, batch), let fix = diagnostic.fixes.first {
      diagnostic.fixes = [Fix(fix.title, fix.edits + [removal], isCertain: false)]
    }
    report(diagnostic)
    // What the body says of this size follows from it.
    checker.batched.append(model.span)
    return true
  }

  /// The edit that takes the batch out of a model's result; nil where it does not begin with it.
  private func batchInResult(of model: LayerDeclaration, _ batch: Int) -> Edit? {
    guard case .tensor(_, _, let sizes) = model.result.kind, sizes.count > 1, case .exact(let first) = sizes[0].kind,
      case .integer(batch) = first.kind
    else { return nil }
    return Edit(Span(file: model.span.file, start: Int(sizes[0].span.start), end: Int(sizes[1].span.start)), "")
  }

  /// `x: [32, 8, 8, 1]` of a model that takes it for images: the way to leave the batch out of the header.
  func batchInHeader(_ types: [TensorType], _ call: CheckedCall) -> Fix? {
    guard case .layer(let index) = kind, checker.layers[index].declaration.isModel, let type = types.first,
      type.shape.axes.count == 4, let batch = type.shape.axes[0].size.constant,
      let origin = origins(ofInput: 0, of: call, count: types.count).first ?? nil,
      let parameter = checker.layers[index].declaration.parameters.first(where: { $0.type.span == origin }),
      case .tensor(_, _, let sizes) = parameter.type.kind, sizes.count == 4
    else { return nil }
    let removal = Edit(Span(file: origin.file, start: Int(sizes[0].span.start), end: Int(sizes[1].span.start)), "")
    let edits = [removal] + [batchInResult(of: checker.layers[index].declaration, batch)].compactMap { $0 }
    return Fix("if \(batch) is the batch, leave it out: it is never written", edits, isCertain: false)
  }

  private func isBatched(_ name: Name, _ batch: Int) -> Bool {
    if case .layer(let layer)? = file.names[name.text] { isBatched(layer, batch) } else { false }
  }

  /// Whether an input of a model begins with the size of the batch.
  private func isBatched(_ layer: Int, _ batch: Int) -> Bool {
    let inputs = checker.layers[layer].signature?.inputs ?? []
    return inputs.contains { $0.type.tensor?.shape.axes.first?.size.constant == batch }
  }

  func size(ofBatch train: TrainDeclaration) -> Int? {
    guard let setting = train.settings.first(where: { $0.name.text == "batch" }) else {
      return Blocks.defaultBatch
    }
    if case .integer(let size) = setting.value.unwrapped.kind { return size }
    guard let name = setting.value.name, case .constant(let index)? = file.names[name.text],
      case .integer(let size)? = checker.constants[index].value
    else { return nil }
    return size
  }
}

extension Diagnostic {
  /// A type that begins with the size of the batch.
  static func batchInType(_ span: Span, next: Span?, batch: Int, isCertain: Bool, isOfData: Bool = true)
    -> Diagnostic
  {
    var result = Diagnostic(
      CheckingCodes.annotation, "a type is that of one example; the batch of \(batch) is never written",
      at: Label(span, "stands for the batch"))
    if let next {
      let removal = Span(file: span.file, start: Int(span.start), end: Int(next.start))
      result.fixes = [Fix("leave it out", [Edit(removal, "")], isCertain: isCertain)]
    } else {
      result.notes = ["one number for each example is a `scalar`"]
    }
    if !isCertain, isOfData { result.notes.append("the models' types leave it out too") }
    return result
  }
}
