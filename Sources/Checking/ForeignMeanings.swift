import Declarations
import Diagnostics
import Syntax
import Tensors

/// Settings that other tools have under the same name with another meaning, or that are a layer of their own here.
enum ForeignMeanings {
  /// Layers whose cell has an activation of its own, which is fixed.
  static let recurrent: Set<String> = ["rnn", "lstm", "gru"]

  /// Takes a setting that means something else here; false where it means the same.
  static func take(
    _ argument: Argument, _ label: String, _ name: String, _ declaration: CallableDeclaration,
    _ result: inout ForeignCall
  ) -> Bool {
    let key = Vocabulary.folded(label)
    switch (declaration.name, key) {
    // Keras and Flax say how much is kept, PyTorch and this language how much is replaced.
    case ("batch_norm", "momentum") where ["BatchNormalization", "BatchNorm"].contains(name):
      complement(argument, as: "momentum", &result) {
        "`momentum` is the share that a batch replaces, 1 minus \(name)'s"
      }
    case ("dropout", "keepprob"):
      complement(argument, as: "rate", &result) { "`rate` is the share that becomes 0, 1 minus `\(label)`" }
    case ("softmax", "dim"), ("softmax", "axis"), ("log_softmax", "dim"), ("log_softmax", "axis"):
      guard AxisNumbers(argument.value) != nil else { return false }
      result.axis = argument
    case ("flatten", "startdim"), ("flatten", "enddim"): return true
    case (_, "returnsequences") where recurrent.contains(declaration.name):
      guard case .boolean(let flag) = ForeignArguments.value(argument.value).kind else { return false }
      if !flag { result.activation = "last" }
    case ("one_hot", "numclasses"), ("one_hot", "depth"): return true
    case (_, "axis") where ["batch_norm", "layer_norm", "rms_norm"].contains(declaration.name):
      // The last axis, which is the only one here.
      guard case .unary(.negate, let size, _) = argument.value.kind, case .integer(1) = size.kind else { return false }
    case (_, "activation") where recurrent.contains(declaration.name),
      (_, "nonlinearity") where recurrent.contains(declaration.name):
      if argument.value.name?.text != "tanh" { result.notes.append(fixedCell(of: declaration.name)) }
    case ("lstm", "recurrentactivation"), ("gru", "recurrentactivation"):
      if argument.value.name?.text != "sigmoid" { result.notes.append(fixedCell(of: declaration.name)) }
    default: return false
    }
    return true
  }

  /// What to do about another activation of a cell.
  static func fixedCell(of name: String) -> String {
    "the cell of `\(name)` is fixed, with `tanh`; a `scan` can have another"
  }

  private static func complement(
    _ argument: Argument, as label: String, _ result: inout ForeignCall, else note: () -> String
  ) {
    guard let value = complement(of: argument.value) else { return result.notes.append(note()) }
    let place = argument.label?.span ?? argument.value.span
    result.arguments.append(Argument(label: Name(label, place), value: value))
  }

  /// 1 minus a share that is written, in decimals: 0.01 for 0.99.
  private static func complement(of value: Expression) -> Expression? {
    let share: Double
    switch value.kind {
    case .real(let number): share = number
    case .integer(let number): share = Double(number)
    default: return nil
    }
    let rest = ((1 - share) * 1e12).rounded() / 1e12
    guard (0...1).contains(share), abs(1 - rest - share) < 1e-15 else { return nil }
    return Expression(.real(rest), value.span.beginning)
  }

  /// `padding: "causal"` is a `pad` at the beginning.
  static func padCausally(_ result: inout ForeignCall, _ declaration: CallableDeclaration) {
    guard declaration.name == "conv",
      let index = result.arguments.firstIndex(where: { argument in
        argument.label?.text == "padding" && argument.value.name?.text == "causal"
      })
    else { return }
    let place = result.arguments.remove(at: index).span.beginning
    guard let zeros = causalZeros(result.arguments) else { return result.notes.append(causalNote) }
    result.padding = [
      Argument(label: nil, value: Expression(.integer(zeros), place)),
      Argument(label: Name("at", place), value: Expression(.name(Name("start", place)), place)),
    ]
  }

  /// How many zeros before a series keep a convolution from seeing what comes after; nil where that is not written.
  static func causalZeros(_ arguments: [Argument]) -> Int? {
    func number(_ label: String, else value: Int?) -> Int? {
      guard let argument = arguments.first(where: { $0.label?.text == label }) else { return value }
      if case .integer(let number) = argument.value.unwrapped.kind, (1...1_000).contains(number) { return number }
      return nil
    }
    guard let kernel = number("kernel", else: nil), let dilation = number("dilation", else: 1), kernel > 1 else {
      return nil
    }
    return (kernel - 1) * dilation
  }

  static let causalNote =
    "a causal convolution pads the beginning only: `pad(n, at: start)` before it, with n one less than `kernel`"
}
