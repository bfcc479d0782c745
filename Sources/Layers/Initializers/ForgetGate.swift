import Declarations
import Tensors

extension InitializerDeclaration {
  /// The bias of a long short-term memory.
  package static let forgetGate = InitializerDeclaration(
    "forget_gate",
    summary: "Sets the second quarter to one number and the rest to 0: the biases of the four gates of an LSTM",
    formula: "w = (0, value, 0, 0), a quarter each: a forget gate that starts open keeps what the cell holds "
      + "[Jozefowicz et al. 2015, An Empirical Exploration of Recurrent Network Architectures]",
    settings: [
      SettingDeclaration("value", .real(.any), default: .real(1), isPositional: true, doc: "The number.")
    ]
  ) { weight, settings, _ in
    let count = weight.shape.reduce(1, *)
    let value = Float(settings.real("value"))
    return (0..<count).map { count / 4..<count / 2 ~= $0 ? value : 0 }
  }
}
