import Datasets
import Elaboration
import Execution
import Graphs
import Tensors

/// Fills the inputs of an executable for some rows of the data set.
struct BatchSource {
  /// One input: where it goes, and where it comes from.
  enum Origin {
    case store(RowStore)
    /// Computed in double precision for each batch.
    case precise(PreciseGraph)
    case column(Int)
  }
  struct Feed {
    var target: UnsafeMutableRawPointer
    var origin: Origin
  }
  let dataset: Dataset
  private(set) var feeds: [Feed] = []

  /// Resolves the inputs of a graph: `field NAME` from ready-made values, `column INDEX` from the data set.
  init(graph: Graph, executable: Executable, dataset: Dataset, fields: [String: Origin]) {
    self.dataset = dataset
    for node in graph.nodes {
      guard case .input(let name) = node.op, !node.type.isShared, executable.hasInput(name),
        let target = executable.input(name).baseAddress
      else { continue }
      if name.hasPrefix("field "), let origin = fields[String(name.dropFirst(6))] {
        feeds.append(Feed(target: target, origin: origin))
      } else if name.hasPrefix("column "), let index = Int(name.dropFirst(7)) {
        feeds.append(Feed(target: target, origin: .column(index)))
      } else {
        preconditionFailure("nothing delivers the input \(name)")
      }
    }
  }

  func fill(_ rows: UnsafeBufferPointer<Int32>) {
    for feed in feeds {
      switch feed.origin {
      case .store(let store): store.gather(rows, into: feed.target)
      case .precise(let graph): graph.fill(rows, into: feed.target)
      case .column(let index): dataset.fill(rows, column: index, into: feed.target)
      }
    }
  }
}
