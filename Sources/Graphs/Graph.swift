import Tensors

/// Names a node of one graph, and the value that it computes.
package struct ValueID: Hashable, Sendable {
  package let index: Int
  package init(_ index: Int) { self.index = index }
}

/// dtype, per-example shape, and whether the value is shared by the examples of the batch.
package struct ValueType: Hashable, Sendable {
  package var dtype: DType
  package var shape: [Int]
  package var isShared: Bool
  package init(_ dtype: DType, _ shape: [Int], isShared: Bool) {
    self.dtype = dtype
    self.shape = shape
    self.isShared = isShared
  }
  /// A float32 type.
  package init(_ shape: [Int], isShared: Bool) { self.init(.float32, shape, isShared: isShared) }
  /// The number of elements of one example.
  package var count: Int { shape.reduce(1, *) }
}

/// Where a node comes from, for messages, NaN reports and `nnc plan`.
package struct Origin: Hashable, Sendable {
  /// The instance's path: `GPT.repeat[3].dense`.
  package var path: String
  /// `gpt.nnet:14:28`; empty where the node has no place in a file.
  package var place: String
  package init(path: String = "", place: String = "") {
    self.path = path
    self.place = place
  }
}

package struct Node: Hashable, Sendable {
  package var op: Operator
  package var inputs: [ValueID]
  package var type: ValueType
  package var origin: Origin
  package init(op: Operator, inputs: [ValueID], type: ValueType, origin: Origin) {
    self.op = op
    self.inputs = inputs
    self.type = type
    self.origin = origin
  }
}

/// Nodes in an order in which every input precedes its use; named outputs; assigns are effects.
package struct Graph: Hashable, Sendable {
  package struct Output: Hashable, Sendable {
    package var name: String
    package var value: ValueID
    package init(_ name: String, _ value: ValueID) {
      self.name = name
      self.value = value
    }
  }
  package var nodes: [Node] = []
  package var outputs: [Output] = []
  /// The `assign` nodes that take effect when the program has run.
  package var effects: [ValueID] = []
  package init() {}
  package subscript(_ id: ValueID) -> Node { nodes[id.index] }
}
