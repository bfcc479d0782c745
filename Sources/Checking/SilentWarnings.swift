import Datasets
import Declarations
import Diagnostics
import Layers
import Syntax
import Tensors

extension ClosedRange<Double> {
  /// In words: "from 0 to 1".
  fileprivate var words: String {
    let (low, high) = (Diagnostic.shortNumber(lowerBound), Diagnostic.shortNumber(upperBound))
    return upperBound == .infinity ? "of \(low) and more" : "from \(low) to \(high)"
  }
}

extension TrainChecker {
  /// What trains without a word and learns nothing.
  func warnSilent(_ data: Int) {
    for step in steps {
      warnSilent(step, data)
      warnWarmup(step, data)
    }
    for metric in metrics { warnTopOfAll(metric) }
    warnFuture(data)
  }

  private func warnSilent(_ step: CheckedStep, _ data: Int) {
    for (name, call, span) in catalogueLosses(step) where call.inputs.count > 1 {
      guard let first = call.inputs[0], let second = call.inputs[1] else { continue }
      if Catalog.callable[name]?.comparesNumbers == true { warnBounded(first, second, step.bindings, data, at: span) }
      if Catalog.callable[name]?.targetsAreProbabilities == true {
        warnTargetFirst(name, first, second, step.bindings)
        warnConstantTarget(name, second)
      }
    }
  }

  /// A target that lies, for some rows, where the last activation of the model cannot come.
  private func warnBounded(
    _ output: CheckedExpression, _ target: CheckedExpression, _ inner: [CheckedBinding], _ data: Int, at span: Span
  ) {
    guard let last = lastLayer(of: output, inner), let bound = Catalog.callable[last.name]?.range,
      let field = field(behind: target, inner, data), let range = range(of: field, data), range.goesBeyond(bound)
    else { return }
    body.report(.boundedOutput(last.name, range: bound.words, at: last.span, target: field.name, span))
  }

  /// `binary_cross_entropy(y, logits)`: neither type tells them apart where the target is a number.
  private func warnTargetFirst(
    _ loss: String, _ first: CheckedExpression, _ second: CheckedExpression, _ inner: [CheckedBinding]
  ) {
    let (own, other) = (dependencies(of: [first], inner), dependencies(of: [second], inner))
    guard own.isKnown, own.models.isEmpty, !other.models.isEmpty else { return }
    let texts = (checker.sources.text(first.span), checker.sources.text(second.span))
    body.report(.targetFirst(loss, at: first.span, second.span, texts))
  }

  private func warnConstantTarget(_ loss: String, _ target: CheckedExpression) {
    if case .scalar(.literal(let value)) = target.kind, value < 0 || value > 1 {
      body.report(.targetBeyondProbability(Diagnostic.shortNumber(value), loss: loss, at: target.span))
    }
  }

  /// A warmup that the training does not outlast.
  private func warnWarmup(_ step: CheckedStep, _ data: Int) {
    guard case .schedule(_, let settings)? = step.optimizer.settings["rate"],
      case .integer(let size)? = settings["warmup"], let warmup = size.constant, warmup > 0,
      let total = totalSteps(data), warmup >= total
    else { return }
    body.report(.warmupWithoutEnd(warmup, steps: total, at: step.optimizer.span))
  }

  private func totalSteps(_ data: Int) -> Int? {
    let settings = Dictionary(declaration.settings.map { ($0.name.text, $0.value) }, uniquingKeysWith: { a, _ in a })
    func whole(_ name: String) -> Int? {
      settings[name].flatMap { value in
        checker.quietly { if case .whole(let size)? = body.number(value) { size.constant } else { nil } }
      }
    }
    if settings["steps"] != nil { return whole("steps") }
    let batch = settings["batch"] == nil ? Blocks.defaultBatch : whole("batch")
    guard let epochs = whole("epochs"), let batch, batch > 0, let rows = checker.data[data].trainingRows else {
      return nil
    }
    let (total, overflow) = epochs.multipliedReportingOverflow(by: (rows + batch - 1) / batch)
    return overflow ? nil : total
  }

  private func warnTopOfAll(_ metric: CheckedMetric) {
    guard metric.name == "top_k_accuracy", case .integer(let size)? = metric.settings["k"], let k = size.constant,
      metric.inputs.count > 1, let classes = metric.inputs[1].type.tensor?.element.labelCount?.constant, k >= classes
    else { return }
    body.report(.topOfAll(k, classes: classes, at: metric.span))
  }

  // MARK: The future

  /// A target that is an input some positions further, beside layers that look at all positions.
  private func warnFuture(_ data: Int) {
    let entry = checker.data[data]
    guard let columns = entry.columns else { return }
    func windows(_ field: DataEntry.Field) -> [(key: ColumnUse.Key, rows: Range<Int>)] {
      var result: [(key: ColumnUse.Key, rows: Range<Int>)] = []
      field.value?.visit { part in
        let index: Int
        switch part.kind {
        case .column(let column): index = column
        case .encode(let encoding): index = encoding.column
        default: return
        }
        guard columns.uses.indices.contains(index), case .range? = columns.uses[index].offsets else { return }
        result.append((columns.uses[index].key, columns.uses[index].span(of: columns.uses[index].offsets)))
      }
      return result
    }
    let inputs = steps.reduce(into: Set<String>()) { $0.formUnion(modelInputs($1)) }
    // Beside other inputs, those may be what a layer looks at in both directions.
    guard inputs.count == 1 else { return }
    for target in entry.fields where !inputs.contains(target.name) {
      for input in entry.fields where inputs.contains(input.name) {
        let isNext = windows(target).contains { next in
          windows(input).contains { own in
            own.key == next.key && own.rows.count == next.rows.count && own.rows.lowerBound < next.rows.lowerBound
              && next.rows.lowerBound < own.rows.upperBound
          }
        }
        guard isNext else { continue }
        for model in allModels {
          guard let found = lookingBothWays(in: model) else { continue }
          body.report(.seesTheFuture(found.name, at: found.span, input: input.name, target: target.name))
          return
        }
      }
    }
  }

  private func lookingBothWays(in model: Int) -> (name: String, span: Span)? {
    let attention = place(in: model) { call, declaration in
      guard declaration.name == "attention", case .boolean(false)? = call.settings["causal"] else { return false }
      return call.inputs.allSatisfy { $0 == nil }
    }
    return attention ?? place(in: model) { $1.name == "bidirectional" }
  }
}

extension BodyChecker {
  /// An image of few rows and as many columns as channels, which other tools write with the channels first.
  func isChannelsFirst(_ name: String, _ type: TensorType) -> [Int]? {
    let sizes = type.shape.sizes.compactMap(\.constant)
    guard ["conv", "depthwise_conv", "max_pool", "average_pool"].contains(name), type.shape.axes.count == 3,
      sizes.count == 3, sizes[0] == 1 || sizes[0] == 3, sizes[1] == sizes[2], sizes[1] >= 8
    else { return nil }
    return sizes
  }

  /// The side of a square that is taken for a sequence, though a square is an image more often.
  private func sideWithoutChannels(_ name: String, _ type: TensorType) -> Int? {
    let sizes = type.shape.sizes.compactMap(\.constant)
    guard ["conv", "max_pool", "average_pool"].contains(name), type.shape.rank == 2, sizes.count == 2,
      sizes[0] == sizes[1], sizes[0] >= 6
    else { return nil }
    return sizes[0]
  }

  /// Warns of what a built-in does without a word: channels first, a softmax of one number.
  func warnSilent(_ declaration: CallableDeclaration, _ call: CheckedCall, _ types: [TensorType], _ places: CallPlaces)
  {
    guard let type = types.first else { return }
    if let sizes = isChannelsFirst(declaration.name, type),
      let origin = origins(ofInput: 0, of: call, count: types.count).first ?? nil, isWritten(origin)
    {
      report(.channelsFirst(text(type), sizes, at: origin, isError: false))
    }
    if let size = sideWithoutChannels(declaration.name, type) {
      let origins = origins(ofInput: 0, of: call, count: types.count)
      if origins.count == 2, let origin = origins[0], origins[1] == origin, isWritten(origin) {
        report(.imageWithoutChannels(declaration.name, text(type), size, at: origin))
      }
    }
    if ["softmax", "log_softmax"].contains(declaration.name), type.shape.axes.last?.size.constant == 1 {
      report(.softmaxOfOne(declaration.name, at: places.name))
    }
    if normalisesOne(declaration.name, call, type) { report(.normOfOne(declaration.name, at: places.name)) }
    if declaration.name == "attention", types[types.count - 1].shape.axes.first?.size.constant == 1 {
      report(.attentionOfOne(at: places.name, isMemory: types.count > 1))
    }
  }

  /// Whether a norm takes its mean over a single number.
  private func normalisesOne(_ name: String, _ call: CheckedCall, _ type: TensorType) -> Bool {
    guard type.shape.pack == nil, let channels = type.shape.axes.last?.size.constant else { return false }
    switch name {
    case "layer_norm", "rms_norm": return channels == 1
    case "group_norm":
      guard case .integer(let groups)? = call.settings["groups"] else { return false }
      return groups.constant == channels && type.shape.axes.dropLast().allSatisfy { $0.size.constant == 1 }
    default: return false
    }
  }

  /// Whether the sizes stand at a place themselves: in a type or a `reshape`.
  private func isWritten(_ origin: Span) -> Bool {
    let text = checker.sources.text(origin)
    return text.hasPrefix("[") || text.hasPrefix("reshape")
  }

  /// Class weights of which none is above 0, or one below.
  func refusesClassWeights(_ settings: [String: CheckedSetting], _ places: CallPlaces) -> Bool {
    guard case .reals(let numbers)? = settings["weights"], let span = places.settings["weights"] else { return false }
    let values = numbers.compactMap { if case .literal(let number) = $0 { number } else { nil } }
    guard values.count == numbers.count else { return false }
    let isNegative = values.contains { $0 < 0 }
    guard isNegative || !values.contains(where: { $0 > 0 }) else { return false }
    report(.classWeights(span, isNegative ? "one is below 0" : "all are 0"))
    return true
  }
}
