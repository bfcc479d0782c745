import Elaboration
import Layers
import Tensors

extension Trainer {
  /// Where the quantiles of the outputs are stored, in their order.
  package var quantilePaths: [String] { elaborator.quantiles.map { elaborator.quantilePath($0.site) } }

  /// Takes the quantiles that the outputs ask for, with the weights in the store; NaN over a split without rows.
  func fitQuantiles() throws {
    for quantile in elaborator.quantiles {
      guard let program = elaborator.values(of: quantile) else { continue }
      let rows = quantile.split == .train ? split.train : split.validation
      let values = try run(program, rows: rows).columns[0].values.map(Double.init)
      let value = Layers.quantile(ofSorted: values.sorted(), quantile.share) ?? .nan
      try store.set(elaborator.quantilePath(quantile.site), HostTensor(shape: [], [Float(value)]))
    }
  }
}
