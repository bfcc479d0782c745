import Declarations
import Graphs
import Tensors

extension SettingDeclaration {
  /// `reduce:` of losses.
  static let reduce = SettingDeclaration(
    "reduce", .word(["mean", "sum"]), default: .word("mean"),
    doc: "How the losses of one example's positions become one number; the batch is always averaged.")
}

extension BuildContext {
  /// The losses of the positions as one number an example, as `reduce:` says.
  func reduced(_ losses: ValueID) -> ValueID {
    settings.word("reduce") == "sum" ? sumOverPositions(losses) : meanOverPositions(losses)
  }
}

extension ShapeContext {
  /// Requires prediction and target to have equal shapes.
  func requireEqualInputs(_ name: String) throws(ShapeReason) {
    try requireEqual(
      inputs[0].shape, inputs[1].shape, input: 1,
      "`\(name)` compares equal shapes, but gets \(words(inputs[0].shape)) and \(words(inputs[1].shape))")
  }

  /// Requires a target of truth values: `bool`, `class(2)`, or numbers where these are allowed.
  func requireTruth(_ name: String, allowsNumbers: Bool, input: Int = 1) throws(ShapeReason) {
    let (role, need) = input == 1 ? ("its target", "a target") : ("`same`", "`same`")
    switch inputs[input].element {
    case .bool: return
    case .float where allowsNumbers: return
    case .classes(let count):
      try requireEqual(
        count, 2, input: input,
        "`\(name)` tells two classes apart, but \(role) has \(count.description)")
    default:
      let numbers = allowsNumbers ? ", `class(2)` or numbers from 0 to 1" : " or `class(2)`"
      throw ShapeReason("`\(name)` needs \(need) of `bool`\(numbers)", detail: "not this", input: input)
    }
  }

  /// Requires logits `[…, K]` and labels of K classes or tokens `[…]`.
  func requireLabels(_ name: String) throws(ShapeReason) {
    let count = try fixedLastAxis(name, 0)
    guard let classes = inputs[1].classCount else {
      throw ShapeReason("`\(name)` needs a target of classes or tokens", detail: "not this", input: 1)
    }
    var positions = inputs[0].shape
    positions.axes.removeLast()
    try requireEqual(
      positions, inputs[1].shape, input: 1,
      "`\(name)` needs one label for each position of the logits, but \(words(inputs[0].shape)) has positions "
        + "\(words(positions)) and the target is \(words(inputs[1].shape))")
    try requireEqual(
      count, classes, input: 0, axis: inputs[0].shape.axes.count - 1,
      "`\(name)` needs a logit for each of the target's \(classes.description) classes, but the last axis has "
        + "\(count.description)")
  }
}

extension CallableDeclaration {
  /// Declares a loss that compares numbers one by one.
  static func comparison(
    _ name: String, summary: String, formula: String, settings: [SettingDeclaration] = [], aliases: [String],
    snippets: [Snippet],
    _ loss: @escaping @Sendable (_ graph: GraphBuilder, _ error: ValueID, _ settings: Settings) -> ValueID
  ) -> CallableDeclaration {
    CallableDeclaration(
      name, .loss, summary: summary, formula: formula,
      inputs: [
        InputDeclaration("prediction", doc: "Numbers of any shape."),
        InputDeclaration("target", doc: "What they should be; the same shape."),
      ],
      settings: settings + [.reduce], length: .honours, comparesNumbers: true, aliases: aliases, snippets: snippets,
      shape: { context throws(ShapeReason) in
        try context.requireEqualInputs(name)
        return .scalar
      },
      build: { context in
        let error = context.graph.subtract(context.inputs[0], context.inputs[1])
        return context.reduced(loss(context.graph, error, context.settings))
      })
  }
}
