import Datasets
import Declarations
import Diagnostics
import Layers
import Syntax

extension TrainChecker {
  /// A batch that holds more than all training rows.
  func warnBatch(_ settings: [String: Setting], _ batch: Int, _ data: Int) {
    guard let setting = settings["batch"], let rows = checker.data[data].trainingRows, batch > rows else { return }
    body.report(.batchExceedsRows(setting, batch: batch, rows: rows))
  }

  /// What normalises over the batch, over a batch of one example, be it the last only.
  func warnBatchNorm(_ settings: [String: Setting], _ batch: Int, rows: Int?) {
    let leavesOne = rows.map { $0 > batch && batch > 1 && $0 % batch == 1 } ?? false
    guard batch == 1 || leavesOne else { return }
    for model in allModels where !frozen.contains(model) {
      guard let place = place(in: model, where: { $1.mixesExamples }) else { continue }
      if leavesOne, let rows {
        body.report(.lastBatchOfOne(settings["batch"]?.value.span ?? place.span, rows: rows, batch: batch, place))
      } else if let setting = settings["batch"] {
        body.report(.batchNormOfOne(setting, place))
      }
      return
    }
  }

  /// The first built-in of a kind that a model applies, itself or through layers.
  func place(
    in layer: Int, where holds: (CheckedCall, CallableDeclaration) -> Bool
  ) -> (name: String, span: Span)? {
    var seen: Set<Int> = [layer]
    var pending = [layer]
    while let index = pending.popLast() {
      guard let block = checker.layers[index].checked?.body else { continue }
      var place: (name: String, span: Span)?
      func look(_ part: CheckedExpression) {
        var calls: [CheckedCall] = []
        switch part.kind {
        case .call(let call): calls = [call]
        case .apply(let layer, _): calls = layer.calls
        default: break
        }
        for call in calls.flatMap(\.withNested) {
          switch call.callee {
          case .builtin(let name):
            guard place == nil, let declaration = Catalog.callable[name], holds(call, declaration) else { continue }
            place = (name, checker.callPlaces[call.span]?.name ?? call.span)
          case .user(let used): if seen.insert(used).inserted { pending.append(used) }
          }
        }
      }
      for binding in block.bindings {
        switch binding.value {
        case .expression(let value): value.visit(look)
        case .layer(let layer):
          look(CheckedExpression(.apply(layer, body.unknown(binding.span)), .unknown, binding.span))
        }
      }
      block.result.visit(look)
      if let place { return place }
    }
    return nil
  }

  /// Input columns with one value, where they are written one by one; a range of pixels may well hold empty ones.
  func warnConstantColumns(_ data: Int) {
    let entry = checker.data[data]
    guard let columns = entry.columns, columns.summary != nil else { return }
    let inputs = steps.reduce(into: Set<String>()) { $0.formUnion(modelInputs($1)) }
    for field in entry.fields where inputs.contains(field.name) {
      guard let value = field.value else { continue }
      var uses: [(index: Int, span: Span)] = []
      value.visit { part in
        switch part.kind {
        case .column(let index): uses.append((index, part.span))
        case .encode(let encoding): uses.append((encoding.column, part.span))
        default: break
        }
      }
      for use in uses where uses.count(where: { $0.span == use.span }) == 1 {
        guard let summary = columns.column(columns.uses[use.index].key), summary.kind != .tensor, summary.missing == 0,
          summary.kind == .number
            ? summary.minimum != nil && summary.minimum == summary.maximum
            : summary.distinctCount == 1
        else { continue }
        body.report(.constantColumn(summary, at: use.span))
      }
    }
  }

  /// Targets of a regression in the hundreds.
  func warnTargetScale(_ data: Int) {
    let entry = checker.data[data]
    guard let columns = entry.columns, columns.summary != nil else { return }
    var targets: [String] = []
    for loss in steps.flatMap(\.losses) {
      loss.value.visit { part in
        guard case .call(let call) = part.kind, case .builtin(let name) = call.callee,
          Catalog.callable[name]?.category == .loss, call.inputs.count > 1,
          case .field(let field)?? = call.inputs.dropFirst().first?.map(\.kind), !targets.contains(field)
        else { return }
        targets.append(field)
      }
    }
    for field in entry.fields where targets.contains(field.name) {
      let names = columnsFarFromScale(field, columns)
      if !names.isEmpty { body.report(.unscaledTarget(names, Name(field.name, field.span))) }
    }
  }
}

extension TrainChecker {
  /// Columns with values outside 0 … 1 as the target of a loss of probabilities.
  func warnTargetRange(_ data: Int) {
    let entry = checker.data[data]
    guard let columns = entry.columns, columns.summary != nil else { return }
    for step in steps {
      for (name, call, _) in catalogueLosses(step) {
        guard Catalog.callable[name]?.targetsAreProbabilities == true, call.inputs.count > 1,
          let target = call.inputs[1], let field = field(behind: target, step.bindings, data),
          let range = range(of: field, data), range.goesBeyond(0...1)
        else { continue }
        if field.isStandardized {
          body.report(.targetBeyondProbability("standardized", loss: name, at: field.span))
        } else {
          let place = Name(field.name, field.span)
          body.report(.targetOutsideProbability(columnName(field, columns), range, loss: name, place))
        }
      }
    }
  }

  /// The column that a field is, as it is; the field's own name where it is more.
  private func columnName(_ field: DataEntry.Field, _ columns: ColumnScope) -> String {
    guard case .column(let index)? = field.value?.kind, let column = columns.column(columns.uses[index].key) else {
      return field.name
    }
    return column.name
  }
}

extension CheckedLayerValue {
  /// The calls that it applies directly.
  fileprivate var calls: [CheckedCall] {
    switch self {
    case .call(let call): [call]
    case .chain(let parts): parts.flatMap(\.calls)
    case .named, .parameter: []
    }
  }
}

extension CheckedCall {
  /// The call, and those of the layers that it is given.
  fileprivate var withNested: [CheckedCall] {
    [self]
      + settings.values.flatMap { setting -> [CheckedCall] in
        switch setting {
        case .layer(let layer): layer.calls.flatMap(\.withNested)
        case .layers(let layers): layers.flatMap(\.calls).flatMap(\.withNested)
        default: []
        }
      }
  }
}
