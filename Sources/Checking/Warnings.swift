import Datasets
import Declarations
import Diagnostics
import Layers
import Syntax
import Tensors

extension TrainChecker {
  /// What other tools let pass.
  func warn(_ settings: [String: Setting], _ data: Int?, batch: Int) {
    warnBatchNorm(settings, batch, rows: data.flatMap { checker.data[$0].trainingRows })
    for metric in metrics { warnMetric(metric) }
    guard let data else { return }
    warnBatch(settings, batch, data)
    warnConstantColumns(data)
    warnTargetScale(data)
    warnTargetRange(data)
    warnWithoutValidation(settings, data)
    warnEqualColumns(data)
    warnDuplicateRows(data)
    warnScale(data)
    warnSilent(data)
    warnTargetGiven()
    warnNegated()
    warnUnits(data)
    warnThresholds()
    for step in steps {
      guard models.count == declaration.models.count else { continue }
      warnLosses(step)
    }
  }

  private func warnWithoutValidation(_ settings: [String: Setting], _ data: Int) {
    guard let split = checker.data[data].split else { return }
    if split.validation.numerator > 0 { return }
    for name in ["stop", "keep"] {
      guard let setting = settings[name], checker.sources.text(setting.value.span).contains("validation") else {
        continue
      }
      body.report(.noValidation(setting, data: checker.data[data].declaration.name.text, split: split.span))
    }
  }

  /// The target among the inputs, or a column that equals it.
  private func warnEqualColumns(_ data: Int) {
    guard let columns = checker.data[data].columns else { return }
    var targets: Set<String> = []
    var inputs: Set<String> = []
    for step in steps {
      for loss in step.losses {
        loss.value.visit { part in
          guard case .call(let call) = part.kind, case .builtin(let name) = call.callee,
            Catalog.callable[name]?.category == .loss, call.inputs.count > 1, let target = call.inputs[1]
          else { return }
          if case .field(let field) = target.kind { targets.insert(field) }
        }
      }
      inputs.formUnion(modelInputs(step))
    }
    let entry = checker.data[data]
    let targetRows = targets.flatMap { predictedRows(columnRows(of: $0, entry)) }
    let targetColumns = Set(targetRows.filter { $0.offsets == nil }.map(\.name))
    for field in entry.fields where inputs.contains(field.name) && !targets.contains(field.name) {
      let ownRows = columnRows(of: field.name, entry)
      let own = Set(ownRows.filter { $0.offsets == nil }.map(\.name))
      let seen = targetRows.filter { target in ownRows.contains { $0.holds(target) } }
      let isRestored = targetRows.count > 1 && Set(targetRows.map(\.text)) == Set(ownRows.map(\.text))
      // What a damaged picture or its outline is made of is meant to be seen.
      if isRestored { continue }
      let names = Set(seen.map(\.text)).sorted()
      if !names.isEmpty { body.report(.targetAmongInputs(names, Name(field.name, field.span))) }
      guard let summary = columns.summary else { continue }
      for group in summary.equalColumns {
        let names = group.compactMap { summary.columns.indices.contains($0) ? summary.columns[$0].name : nil }
        guard let target = names.first(where: targetColumns.contains) else { continue }
        for name in names where name != target && own.contains(name) {
          body.report(.columnEqualsTarget(name, target, Name(field.name, field.span)))
        }
      }
    }
  }

  /// The fields that models are given.
  func modelInputs(_ step: CheckedStep) -> Set<String> {
    var result: Set<String> = []
    let values =
      (bindings + step.bindings).compactMap { binding -> CheckedExpression? in
        if case .expression(let value) = binding.value { value } else { nil }
      } + step.losses.map(\.value)
    for value in values {
      value.visit { part in
        switch part.kind {
        case .call(let call):
          guard case .user = call.callee else { return }
          result.formUnion(dependencies(of: call.inputs.compactMap { $0 }, step.bindings).fields)
        case .apply(let layer, let input):
          guard !layer.calledLayers.isEmpty else { return }
          result.formUnion(dependencies(of: [input], step.bindings).fields)
        default: return
        }
      }
    }
    return result
  }

  /// The columns that a field takes, each with the rows around its own where it names some.
  private func columnRows(of field: String, _ entry: DataEntry) -> [ColumnRows] {
    guard let columns = entry.columns, let value = entry.fields.first(where: { $0.name == field })?.value else {
      return []
    }
    var result: [ColumnRows] = []
    value.visit { part in
      let index: Int
      switch part.kind {
      case .column(let column): index = column
      case .encode(let encoding): index = encoding.column
      default: return
      }
      guard columns.uses.indices.contains(index) else { return }
      let use = columns.uses[index]
      var name = columns.column(use.key)?.name
      if name == nil, case .name(let written) = use.key { name = written }
      guard let name else { return }
      result.append(ColumnRows(name: name, offsets: use.offsets.map { use.span(of: $0) }))
    }
    return result
  }

  /// What of a target's rows is to be predicted: rows before the example's own are known where it is, and a change
  /// such as `load - load[-1]` takes them from the value that is not.
  private func predictedRows(_ rows: [ColumnRows]) -> [ColumnRows] {
    rows.filter { row in
      guard let offsets = row.offsets, offsets.upperBound <= 0 else { return true }
      return !rows.contains { $0.name == row.name && ($0.offsets?.upperBound ?? 1) > 0 }
    }
  }

  private func warnDuplicateRows(_ data: Int) {
    let entry = checker.data[data]
    guard let summary = entry.columns?.summary, summary.duplicateRows > 0, let split = entry.split,
      split.method == .random, split.test.numerator > 0 || split.validation.numerator > 0
    else { return }
    // A few equal rows are natural in small measurements; many leak the test set.
    if summary.duplicateRows * 50 >= summary.rows {
      checker.report(.duplicateRows(split.span, count: summary.duplicateRows, rows: summary.rows))
    }
  }

  /// Columns in the hundreds that reach a model as they are.
  private func warnScale(_ data: Int) {
    let entry = checker.data[data]
    guard let columns = entry.columns, columns.summary != nil else { return }
    let inputs = steps.reduce(into: Set<String>()) { $0.formUnion(modelInputs($1)) }
    for field in entry.fields where inputs.contains(field.name) {
      let names = columnsFarFromScale(field, columns)
      guard let first = names.first else { continue }
      body.report(
        .unnormalisedInputs(names, Name(field.name, field.span), greatest: divisor(field, columns.column(.name(first))))
      )
    }
  }

  /// What brings a tensor of a field to lie between 0 and 1. A division does not do that to what goes below 0, and what
  /// has arithmetic already is not that tensor.
  private func divisor(_ field: DataEntry.Field, _ column: ColumnSummary?) -> Double? {
    if case .arithmetic? = field.value?.kind { return nil }
    guard let column, column.kind == .tensor, column.minimum ?? 0 >= 0 else { return nil }
    return column.maximum.flatMap { $0.isFinite ? $0 : nil }
  }

  /// The columns that a field takes as they are or times and plus constants, and that lie in the hundreds then.
  func columnsFarFromScale(_ field: DataEntry.Field, _ columns: ColumnScope) -> [String] {
    guard let value = field.value else { return [] }
    let (inner, outer) = value.withoutConstants
    let raw: [CheckedExpression] = if case .list(let elements) = inner.kind { elements } else { [inner] }
    return raw.compactMap { element -> String? in
      let (column, line) = element.withoutConstants
      guard case .column(let index) = column.kind, column.type.tensor?.element == .float,
        let summary = columns.column(columns.uses[index].key)
      else { return nil }
      let place = { (x: Double) -> Double in abs(outer.factor * (line.factor * x + line.shift) + outer.shift) }
      let spread = abs(outer.factor * line.factor) * (summary.standardDeviation ?? 0)
      let scale: [Double] = [
        summary.mean.map(place) ?? 0, spread, summary.mean == nil ? place(summary.maximum ?? 0) : 0,
      ]
      return (scale.max() ?? 0) > 30 ? summary.name : nil
    }
  }

  /// An activation before a loss that applies it itself, or before one that takes scores without bounds.
  private func warnLosses(_ step: CheckedStep) {
    for (name, call, span) in catalogueLosses(step) {
      guard let unwanted = Catalog.callable[name]?.appliesItself, !unwanted.isEmpty,
        let scores = call.inputs.first.flatMap({ $0 }), let last = lastLayer(of: scores, step.bindings)
      else { continue }
      if unwanted.contains(last.name) {
        body.report(.activationBeforeLoss(last.name, loss: name, at: last.span, lossAt: span))
      } else if let layer = Catalog.callable[last.name], layer.category == .activation, !layer.isIdentity {
        body.report(.activationOnLogits(last.name, loss: name, at: last.span, lossAt: span))
      }
    }
  }

  /// A sigmoid before a metric that decides by the sign of a logit, an activation before one that applies it itself.
  private func warnMetric(_ metric: CheckedMetric) {
    guard let declaration = Catalog.metric[metric.name], let scores = metric.inputs.first,
      let last = lastLayer(of: scores, [])
    else { return }
    let isBinary = metric.inputs.count > 1 && scores.type.tensor?.shape == metric.inputs[1].type.tensor?.shape
    let isDecided = declaration.decidesBySign && isBinary && Catalog.callable[last.name]?.isAlwaysPositive == true
    guard isDecided || declaration.appliesItself.contains(last.name) else { return }
    body.report(
      .activationBeforeMetric(
        last.name, metric: metric.name, isDecided: isDecided, at: last.span, metricAt: metric.span))
  }
}

/// Values of one column that a field takes: of its own row, or of rows counted from it.
private struct ColumnRows {
  var name: String
  /// Nil for the row itself.
  var offsets: Range<Int>?

  /// Whether all that another takes is among what this takes.
  func holds(_ other: ColumnRows) -> Bool {
    let (own, others) = (offsets ?? 0..<1, other.offsets ?? 0..<1)
    return name == other.name && own.lowerBound <= others.lowerBound && others.upperBound <= own.upperBound
  }

  /// As the file may write it.
  var text: String {
    offsets.map { $0.count == 1 ? "\(name)[\($0.lowerBound)]" : "\(name)[\($0.lowerBound) ..< \($0.upperBound)]" }
      ?? name
  }
}
