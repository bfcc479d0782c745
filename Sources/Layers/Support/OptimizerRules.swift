import Declarations
import Graphs

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension SettingDeclaration {
  /// `rate:` of optimizers, a number or a schedule.
  static func rate(_ value: Double) -> SettingDeclaration {
    SettingDeclaration(
      "rate", .rate, default: .real(value), isPositional: true,
      doc: "The learning rate: a number, or a schedule such as `cosine(from: 1e-3)`.")
  }

  /// `weight_decay:` that is part of the gradient.
  static let coupledDecay = SettingDeclaration(
    "weight_decay", .real(.nonNegative), default: .real(0),
    doc: "This times each weight is added to its gradient: the pull of ½ · weight_decay · Σ w².")

  /// `weight_decay:` that is not part of the gradient.
  static func decoupledDecay(_ value: Double) -> SettingDeclaration {
    SettingDeclaration(
      "weight_decay", .real(.nonNegative), default: .real(value),
      doc: "Each step shrinks the weights by rate · weight_decay, whatever their gradients.")
  }

  /// A number between 0 and 1 that is the memory of a running mean.
  static func memory(_ label: String, _ value: Double, of what: String) -> SettingDeclaration {
    SettingDeclaration(
      label, .real(.unitOpen), default: .real(value), doc: "How much of \(what) is kept from step to step.")
  }

  /// `epsilon:` beside a root.
  static func rootEpsilon(_ value: Double) -> SettingDeclaration {
    SettingDeclaration(
      "epsilon", .real(.positive), default: .real(value),
      doc: "Added to the root that divides, against a division by 0.")
  }
}

extension UpdateContext {
  /// The gradients plus a coupled weight decay.
  var decayedGradients: ValueID {
    let decay = settings.real("weight_decay")
    return decay == 0 ? gradients : graph.add(gradients, graph.multiply(weights, decay))
  }

  /// The weights after a decoupled weight decay: `w · (1 − rate · weight_decay)`.
  var decayedWeights: ValueID {
    let decay = settings.real("weight_decay")
    return decay == 0 ? weights : graph.multiply(weights, graph.subtract(1, graph.multiply(rate, decay)))
  }

  /// `1 − βᵗ`, without the cancellation that a small t would bring: `−expm1(t · ln β)`.
  func correction(_ beta: Double) -> ValueID {
    beta == 0 ? graph.fill(1) : graph.negate(graph.map(.expm1, [graph.multiply(step, log(beta))]))
  }

  /// `old + (new − old) · (1 − β)`: a running mean.
  func running(_ old: ValueID, _ new: ValueID, _ beta: Double) -> ValueID {
    graph.add(old, graph.multiply(graph.subtract(new, old), 1 - beta))
  }

  /// `old · β + value² · (1 − β)`: a running mean of squares.
  func runningSquare(_ old: ValueID, _ value: ValueID, _ beta: Double) -> ValueID {
    graph.add(graph.multiply(old, beta), graph.multiply(graph.square(value), 1 - beta))
  }

  /// The step of Adam from gradients: new weights from given ones, and the two running means.
  func adam(_ weights: ValueID, _ gradients: ValueID) -> (weights: ValueID, slots: [String: ValueID]) {
    let (beta1, beta2) = (settings.real("beta1"), settings.real("beta2"))
    let mean = running(slots["mean"]!, gradients, beta1)
    let square = runningSquare(slots["square"]!, gradients, beta2)
    let root = graph.divide(graph.squareRoot(square), graph.squareRoot(correction(beta2)))
    let change = graph.divide(mean, graph.add(root, settings.real("epsilon")))
    let scaled = graph.multiply(change, graph.divide(rate, correction(beta1)))
    return (graph.subtract(weights, scaled), ["mean": mean, "square": square])
  }
}
