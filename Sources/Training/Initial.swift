import Declarations
import Elaboration
import Layers
import Tensors

extension WeightRequest {
  /// The values that a weight begins with: a function of the seed and its path.
  package func initialValues(seed: UInt64) -> [Float] {
    guard let declaration = Catalog.initializer[initializer] else {
      preconditionFailure("no initialiser \(initializer)")
    }
    var random = PhiloxSequence(seed: seed, path: path)
    return declaration.sample(WeightForm(shape, fanIn: fanIn), settings, &random)
  }
}
