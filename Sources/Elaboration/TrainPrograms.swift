import Checking
import Declarations
import Graphs
import Layers
import Tensors

/// The raw type of a column as the data set delivers it: dtype and shape in each row.
package struct RawColumn: Sendable {
  package var dtype: DType
  package var shape: [Int]
  package init(dtype: DType, shape: [Int]) {
    self.dtype = dtype
    self.shape = shape
  }
}

/// A vector of the optimizer: one number for each trainable weight of a model.
package struct SlotDeclaration: Sendable {
  package var path: String
  package var count: Int
  package var initial: Float
}

/// One step: forward, backward, clip and update in one graph.
///
/// Inputs: fields (`field x`) or raw columns (`column 0`), and the shared scalars `rate` and `step` (from 1).
/// Outputs: `loss`, the mean over the batch, and `loss LABEL` for each labelled loss.
package struct StepProgram: Sendable {
  package var name: String
  package var times: Int
  package var graph: Graph
  package var losses: [String]
  package var slots: [SlotDeclaration]
  /// The rate, or the schedule that gives it.
  package var rate: SettingValue
}

/// Sums over a batch. Outputs: `loss STEP LABEL`, and `metric LABEL INDEX` for what a metric accumulates.
package struct EvaluationProgram: Sendable {
  package struct Metric: Sendable {
    package var label: String
    package var declaration: MetricDeclaration
    package var settings: Settings
    /// The number of tensors that it accumulates.
    package var tensors: Int
  }
  package struct Loss: Sendable {
    package var step: String
    package var label: String
    package var output: String
  }
  package var graph: Graph
  package var losses: [Loss]
  package var metrics: [Metric]
}

/// The declared outputs for each row. Outputs: `output LABEL`, and `mask LABEL` for those whose length differs.
package struct PredictionProgram: Sendable {
  package struct Output: Sendable {
    package var label: String
    package var type: TensorType
    /// The category column whose values name the classes.
    package var categoryColumn: Int?
    /// The field of tokens that the output is restored to; its tokens are written as one text.
    package var tokenField: String?
    /// Whether the first axis ends where the example's own does: `mask LABEL` is 1 up to there.
    package var isMasked: Bool
  }
  package var graph: Graph
  package var outputs: [Output]
}

/// Builds the graphs of one train block.
package struct TrainElaborator {
  package let program: CheckedProgram
  package let train: CheckedTrain
  package let data: CheckedData
  /// Raw types by column index.
  package let columns: [RawColumn]
  /// The constants of the fitted transforms, by site.
  package let fitted: [String: [String: HostTensor]]
  /// Fields that are delivered ready-made; all others are computed from the columns in every graph.
  package let materialized: Set<String>
  /// Those among them whose last layers draw anew in every step; what is delivered is what these layers take.
  package let drawn: Set<String>
  /// Layouts by model index, of every model of the program.
  package let layouts: [Int: ModelLayout]

  package init(
    program: CheckedProgram, train: CheckedTrain, columns: [RawColumn], fitted: [String: [String: HostTensor]],
    materialized: Set<String>, drawn: Set<String> = [], layouts: [Int: ModelLayout]
  ) {
    self.program = program
    self.train = train
    self.data = program.data[train.data]
    self.columns = columns
    self.fitted = fitted
    self.materialized = materialized
    self.layouts = layouts
    self.drawn = drawn
  }

  /// The path of a fitted constant in the parameter store.
  package static func constantPath(site: String, name: String) -> String { site + "." + name }

  /// What ends the names of constants that hold what float32 leaves of others. No graph reads them.
  package static let restSuffix = "_rest"

  // MARK: Programs

  /// - Parameter batch: the size of the batch, which matters where the block uses it; the block's own without.
  package func step(_ index: Int, batch: Int? = nil) -> StepProgram {
    let step = train.steps[index]
    let updated = step.models.filter { !train.frozen.contains($0) }
    let builder = GraphBuilder()
    let elaborator = self.elaborator(builder, training: Set(updated))
    elaborator.blockMode = .training
    let scope = trainScope(elaborator, bindings: train.bindings + step.bindings, batch: batch)
    let losses = step.losses.map { label, value in (label: label, value: loss(value, elaborator, scope)) }
    let total = losses.dropFirst().reduce(losses[0].value) { builder.binary(.add, $0, $1.value) }
    let objective = mean(total, builder)
    let update = UpdateBuilder(
      graph: builder, step: step, elaborator: elaborator, layouts: updated.compactMap { layouts[$0] })
    let (slots, rate) = update.build(objective: objective)
    for (path, value) in elaborator.updates { update.effects.append(builder.assign(path, value)) }
    var outputs = [(name: "loss", value: objective)]
    if losses.count > 1 { outputs += losses.map { ("loss " + $0.label, mean($0.value, builder)) } }
    return StepProgram(
      name: step.name, times: step.times, graph: builder.finish(outputs: outputs, effects: update.effects),
      losses: losses.map(\.label), slots: slots, rate: rate)
  }

  /// - Parameter batch: as for ``step(_:batch:)``.
  package func evaluation(batch: Int? = nil) -> EvaluationProgram {
    let builder = GraphBuilder()
    let elaborator = self.elaborator(builder, training: [])
    let scope = trainScope(elaborator, bindings: train.bindings, batch: batch)
    var outputs: [(name: String, value: ValueID)] = []
    var losses: [EvaluationProgram.Loss] = []
    for step in train.steps {
      var inner = scope
      for binding in step.bindings { elaborator.evaluate(binding, in: &inner) }
      for (label, value) in step.losses {
        let name = "loss \(step.name) \(label)"
        outputs.append((name: name, value: builder.batchSum(lifted(loss(value, elaborator, inner), builder))))
        losses.append(EvaluationProgram.Loss(step: step.name, label: label, output: name))
      }
    }
    var metrics: [EvaluationProgram.Metric] = []
    for metric in train.metrics {
      guard let declaration = Catalog.metric[metric.name] else { preconditionFailure("no metric \(metric.name)") }
      let inputs = metric.inputs.map { elaborator.tensor(elaborator.evaluate($0, in: scope)) }
      let settings = elaborator.settings(metric.settings, in: scope)
      let context = BuildContext(
        graph: builder, mode: .evaluation, inputs: inputs.map(\.id), inputTypes: inputs.map(\.type),
        masks: inputs.map { elaborator.lengths[$0.id]?.mask }, settings: settings, path: metric.label,
        weight: { _ in preconditionFailure("a metric has no weights") },
        update: { _, _ in }, apply: { _, _, _ in preconditionFailure("a metric applies no layers") })
      let sums = declaration.accumulate(context)
      for (index, value) in sums.enumerated() {
        outputs.append((name: "metric \(metric.label) \(index)", value: builder.batchSum(lifted(value, builder))))
      }
      metrics.append(
        EvaluationProgram.Metric(
          label: metric.label, declaration: declaration, settings: settings, tensors: sums.count))
    }
    return EvaluationProgram(graph: builder.finish(outputs: outputs, effects: []), losses: losses, metrics: metrics)
  }

  /// Nil where the block declares no outputs and has no `let` that could stand for one.
  package func prediction() -> PredictionProgram? {
    program(of: train.outputs, orLets: true)
  }

  /// What the block's `samples` draw, but for generated text; nil where nothing is left.
  package func samples() -> PredictionProgram? {
    program(of: train.samples.filter { if case .generate = $0.value.kind { false } else { true } }, orLets: false)
  }

  /// The quantiles that the outputs ask for, each once.
  package var quantiles: [QuantileSite] {
    var result: [QuantileSite] = []
    for output in train.outputs {
      output.value.visit { part in
        guard case .quantile(let value, let split, let share, let site) = part.kind,
          !result.contains(where: { $0.site == site })
        else { return }
        result.append(QuantileSite(site: site, value: value, split: split, share: share))
      }
    }
    return result
  }

  /// Where a quantile lives in the parameter store, and among saved weights.
  package func quantilePath(_ site: String) -> String { "outputs \(train.name) \(site)" }

  /// What a quantile is taken of, for each row. Output: `output value`.
  package func values(of quantile: QuantileSite) -> PredictionProgram? {
    program(of: [("value", quantile.value)], orLets: false)
  }

  private func program(
    of values: [(label: String, value: CheckedExpression)], orLets: Bool
  ) -> PredictionProgram? {
    let builder = GraphBuilder()
    let elaborator = self.elaborator(builder, training: [])
    let scope = trainScope(elaborator, bindings: train.bindings)
    var outputs: [PredictionProgram.Output] = []
    var results: [(name: String, value: ValueID)] = []
    let restored = restoredLets
    let declared: [(label: String, value: Value, field: String?)] =
      values.isEmpty && orLets
      ? bindingsOfOneExample.compactMap { binding in
        scope.values[binding.name].map { (binding.name, $0, restored[binding.name]) }
      }
      : values.map { label, expression in
        (label, elaborator.evaluate(expression, in: scope), restoredField(of: expression, restored))
      }
    for (label, value, field) in declared {
      for leaf in elaborator.leaves(of: value, name: label) {
        results.append((name: "output " + leaf.name, value: lifted(leaf.id, builder)))
        // A scalar that was the one element of an axis has no end.
        let mask = elaborator.lengths[leaf.id]?.mask.flatMap {
          builder.shape(of: $0).first == builder.shape(of: leaf.id).first ? $0 : nil
        }
        if let mask { results.append((name: "mask " + leaf.name, value: lifted(mask, builder))) }
        outputs.append(
          PredictionProgram.Output(
            label: leaf.name, type: leaf.type, categoryColumn: field.flatMap { categoryColumn(ofField: $0) },
            tokenField: field.flatMap { isOfTokens($0) ? $0 : nil }, isMasked: mask != nil))
      }
    }
    guard !outputs.isEmpty else { return nil }
    return PredictionProgram(graph: builder.finish(outputs: results, effects: []), outputs: outputs)
  }

  /// The `let`s that do not depend on the batch around an example.
  private var bindingsOfOneExample: [CheckedBinding] {
    var others: Set<String> = []
    return train.bindings.filter { binding in
      guard case .expression(let value) = binding.value else { return true }
      let depends = value.dependsOnBatch(through: others)
      if depends { others.insert(binding.name) }
      return !depends
    }
  }

  /// The fitted transforms of the data in the order in which they must be fitted, inner ones first.
  package var transformSites: [TransformSite] {
    data.fields.flatMap { sites(in: $0.value) }
  }

  /// The graph of what a transform is fitted to. Output: `values`. Transforms inside it must have been fitted.
  package func input(of site: TransformSite) -> Graph {
    let builder = GraphBuilder()
    let elaborator = self.elaborator(builder, training: [], inlineAll: true)
    let value = elaborator.tensor(elaborator.evaluate(site.input, in: Scope(path: data.name)))
    return builder.finish(outputs: [(name: "values", value: lifted(value.id, builder))], effects: [])
  }

  /// Whether the first axis of what a transform is fitted to goes over rows: then it has one scale along it.
  package func isWindow(_ site: TransformSite) -> Bool { site.input.isWindow(in: data) }

  /// The settings of a transform, all constant.
  package func settings(of site: TransformSite) -> Settings {
    elaborator(GraphBuilder(), training: []).settings(site.settings, in: Scope(path: data.name))
  }

  /// The constants of a transform and their shapes, nil where the type of its input leaves that open.
  package func constants(of site: TransformSite) -> [(name: String, shape: [Int]?)] {
    guard let declaration = Catalog.transform[site.name] else { preconditionFailure("no transform \(site.name)") }
    var axes: [Axis]?
    if case .tensor(let type) = site.input.type { axes = type.shape.axes }
    let sizes = (axes ?? []).compactMap { $0.isVarying ? nil : $0.size.constant }
    let isKnown = sizes.count == axes?.count
    let width = isKnown ? sizes.dropFirst(isWindow(site) ? 1 : 0).reduce(1, *) : 1
    // What a fit to no values finds has the names and the shapes of every fit.
    return declaration.fit([], width, settings(of: site)).sorted { $0.key < $1.key }.map { name, values in
      (name, isKnown ? [values.count] : nil)
    }
  }

  // MARK: Parts

  func elaborator(_ builder: GraphBuilder, training: Set<Int>, inlineAll: Bool = false) -> Elaborator {
    let fields = FieldSource(owner: self, graph: builder, inlineAll: inlineAll)
    let elaborator = Elaborator(
      program: program, graph: builder, data: data, trainingModels: training,
      weight: { weightValue($0, builder) },
      modelWeights: { vector($0, builder) },
      source: { fields.value($0) },
      constantNames: { (fitted[$0] ?? [:]).keys.filter { !$0.hasSuffix(TrainElaborator.restSuffix) }.sorted() },
      constant: { site, name in
        if quantiles.contains(where: { $0.site == site }) {
          return builder.parameter(quantilePath(site), shape: [])
        }
        guard let value = fitted[site]?[name] else { preconditionFailure("\(site) was not fitted") }
        return builder.parameter(TrainElaborator.constantPath(site: site, name: name), shape: value.shape)
      })
    fields.elaborator = elaborator
    elaborator.differentiated = differentiated
    return elaborator
  }

  /// The `let`s that a `gradient(…, by:)` of the block differentiates by.
  private var differentiated: Set<String> {
    var names: Set<String> = []
    let note = { (value: CheckedExpression) in
      value.visit { if case .gradient(_, let name) = $0.kind { names.insert(name) } }
    }
    for binding in train.bindings + train.steps.flatMap(\.bindings) {
      if case .expression(let value) = binding.value { note(value) }
    }
    for value in train.steps.flatMap({ $0.losses.map(\.value) }) + train.metrics.flatMap(\.inputs) { note(value) }
    for value in train.outputs.map(\.value) + train.samples.map(\.value) { note(value) }
    return names
  }

  private func vector(_ model: Int, _ builder: GraphBuilder) -> ValueID {
    guard let layout = layouts[model] else { preconditionFailure("no layout for model \(model)") }
    return builder.parameter(layout.vectorPath, shape: [layout.count])
  }

  /// A weight as a part of its model's vector; a running statistic as a parameter of its own.
  func weightValue(_ request: WeightRequest, _ builder: GraphBuilder) -> ValueID {
    guard request.isTrainable else { return builder.parameter(request.path, shape: request.shape) }
    guard let layout = layouts[request.model],
      let entry = layout.entry(of: request.path)
    else { preconditionFailure("no place for the weight \(request.path)") }
    precondition(entry.request.shape == request.shape, "the weight \(request.path) has two shapes")
    let part = builder.slice(
      vector(request.model, builder), starts: [entry.offset], stops: [entry.offset + entry.count], steps: [1])
    return builder.reshape(part, request.shape)
  }

  private func trainScope(_ elaborator: Elaborator, bindings: [CheckedBinding], batch: Int? = nil) -> Scope {
    var scope = Scope(path: "")
    scope.sizes["Batch"] = batch ?? train.batch
    for binding in bindings { elaborator.evaluate(binding, in: &scope) }
    return scope
  }

  private func loss(_ value: CheckedExpression, _ elaborator: Elaborator, _ scope: Scope) -> ValueID {
    elaborator.tensor(elaborator.evaluate(value, in: scope)).id
  }

  private func mean(_ value: ValueID, _ builder: GraphBuilder) -> ValueID {
    builder.type(of: value).isShared ? value : builder.meanOverBatch(value)
  }

  private func lifted(_ value: ValueID, _ builder: GraphBuilder) -> ValueID {
    builder.type(of: value).isShared ? builder.lift(value) : value
  }

  /// The category column that a class field reads.
  package func categoryColumn(ofField name: String) -> Int? {
    guard let field = data.fields.first(where: { $0.name == name }) else { return nil }
    if case .encode(let encoding) = field.value.kind { return encoding.column }
    return nil
  }

  /// The field that a value is restored to, itself or by a `let`.
  private func restoredField(of expression: CheckedExpression, _ lets: [String: String]) -> String? {
    switch expression.kind {
    case .restore(_, let field): field
    case .local(let name): lets[name]
    default: nil
    }
  }

  /// The fields that `let`s are restored to, by the names of these.
  private var restoredLets: [String: String] {
    var result: [String: String] = [:]
    for binding in train.bindings {
      if case .expression(let value) = binding.value { result[binding.name] = restoredField(of: value, result) }
    }
    return result
  }

  /// Whether a field holds tokens.
  private func isOfTokens(_ name: String) -> Bool {
    guard case .token? = data.fields.first(where: { $0.name == name })?.type.element else { return false }
    return true
  }

  private func sites(in expression: CheckedExpression) -> [TransformSite] {
    switch expression.kind {
    case .transform(let name, let site, let settings, let input):
      return sites(in: input) + [TransformSite(site: site, name: name, settings: settings, input: input)]
    case .list(let elements): return elements.flatMap { sites(in: $0) }
    case .arithmetic(let first, let rest): return sites(in: first) + rest.flatMap { sites(in: $0.1) }
    case .negate(let inner), .not(let inner), .slice(let inner, _), .member(let inner, _), .apply(_, let inner):
      return sites(in: inner)
    case .call(let call): return call.inputs.compactMap { $0 }.flatMap { sites(in: $0) }
    default: return []
    }
  }
}

/// One fitted transform of a field.
package struct TransformSite: Sendable {
  package var site: String
  package var name: String
  package var settings: [String: CheckedSetting]
  package var input: CheckedExpression
}

/// A quantile of a scalar of each example over the rows of a split.
package struct QuantileSite: Sendable {
  package var site: String
  package var value: CheckedExpression
  package var split: CheckedMeasure.Split
  /// From 0 to 1.
  package var share: Double
}
