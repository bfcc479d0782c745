import Graphs
import Tensors

extension Simplifier {
  /// Drops what loops give and nobody reads, and then what that needed.
  static func withoutDeadParts(_ graph: Graph) -> Graph {
    var result = graph
    while let next = pruned(result) { result = withoutDeadCode(next) }
    return result
  }

  /// The graph with fewer parts of scans, or nil where all are read.
  private static func pruned(_ graph: Graph) -> Graph? {
    var result = graph
    var changes = false
    var readers: [Int: [Int]] = [:]
    for (index, node) in graph.nodes.enumerated() {
      for input in node.inputs { if case .scan = graph[input].op { readers[input.index, default: []].append(index) } }
    }
    var isWhole = Set(graph.outputs.map(\.value.index))
    isWhole.formUnion(graph.effects.map(\.index))
    for (index, node) in graph.nodes.enumerated() {
      guard case .scan(let scan) = node.op, !isWhole.contains(index),
        let used = usedParts(scan, readers[index] ?? [], graph)
      else { continue }
      let isNeeded = scan.body.outputs.indices.map { $0 < scan.states || used.contains($0) }
      if isNeeded.allSatisfy({ $0 }) { continue }
      changes = true
      drop(isNeeded, scan, at: index, readers[index] ?? [], &result)
    }
    return changes ? result : nil
  }

  /// The parts of a scan that slices read, or nil where it is read otherwise.
  private static func usedParts(_ scan: Scan, _ readers: [Int], _ graph: Graph) -> Set<Int>? {
    var used: Set<Int> = []
    let parts = scan.parts
    for reader in readers {
      guard case .slice(let starts, let stops, let steps) = graph.nodes[reader].op, steps == [1] else { return nil }
      let index = parts.firstIndex { part in
        part.start <= starts[0] && stops[0] <= part.start + part.shape.reduce(1, *) && starts[0] < stops[0]
      }
      guard let index else { return nil }
      used.insert(index)
    }
    return used
  }

  private static func drop(_ isNeeded: [Bool], _ scan: Scan, at index: Int, _ readers: [Int], _ graph: inout Graph) {
    var rest = scan
    rest.body.outputs = scan.body.outputs.indices.filter { isNeeded[$0] }.map { scan.body.outputs[$0] }
    for position in rest.body.outputs.indices { rest.body.outputs[position].name = "\(position)" }
    rest.body = withoutDeadCode(rest.body)
    let oldParts = scan.parts.map(\.start)
    let kept = oldParts.indices.filter { isNeeded[$0] }
    let newParts = rest.parts.map(\.start)
    // Inputs that the body no longer reads go; states are always inputs.
    var isRead = [Bool](repeating: false, count: graph.nodes[index].inputs.count)
    for state in 0..<scan.states { isRead[state] = true }
    for node in rest.body.nodes {
      if case .input(let name) = node.op, let number = Int(name) { isRead[number] = true }
    }
    let inputs = isRead.indices.filter { isRead[$0] }
    for (position, node) in rest.body.nodes.enumerated() {
      guard case .input(let name) = node.op, let number = Int(name), let moved = inputs.firstIndex(of: number)
      else { continue }
      rest.body.nodes[position].op = .input("\(moved)")
    }
    rest.sequences = inputs.count { scan.states..<scan.states + scan.sequences ~= $0 }
    graph.nodes[index].inputs = inputs.map { graph.nodes[index].inputs[$0] }
    graph.nodes[index].op = .scan(rest)
    let count = rest.parts.reduce(0) { $0 + $1.shape.reduce(1, *) }
    graph.nodes[index].type.shape = [count]
    for reader in readers {
      guard case .slice(let starts, let stops, let steps) = graph.nodes[reader].op,
        let part = kept.lastIndex(where: { oldParts[$0] <= starts[0] })
      else { preconditionFailure("a part that is read is kept") }
      let shift = newParts[part] - oldParts[kept[part]]
      graph.nodes[reader].op = .slice(starts: [starts[0] + shift], stops: [stops[0] + shift], steps: steps)
    }
  }
}
