extension Operator {
  /// What the operator is. The other switch over all operators is `StepBuilder.lower` of `Lowering`.
  package var definition: any OperatorDefinition {
    switch self {
    case .input(let name): InputOperator(inputName: name)
    case .parameter(let path): ParameterOperator(path: path)
    case .constant(let tensor): ConstantOperator(tensor: tensor)
    case .fill(let value): FillOperator(value: value)
    case .iota(let axis): IotaOperator(axis: axis)
    case .batchCount: BatchCountOperator()
    case .random(let draw): RandomOperator(draw: draw)
    case .map(let function): MapOperator(function: function)
    case .cast(let dtype): CastOperator(dtype: dtype)
    case .reshape(let shape): ReshapeOperator(shape: shape)
    case .permute(let order): PermuteOperator(order: order)
    case .broadcast(let shape, let axes): BroadcastOperator(shape: shape, axes: axes)
    case .slice(let starts, let stops, let steps): SliceOperator(starts: starts, stops: stops, steps: steps)
    case .pad(let low, let high, let interior): PadOperator(low: low, high: high, interior: interior)
    case .concat(let axis): ConcatOperator(axis: axis)
    case .gather: GatherOperator()
    case .scatterAdd(let rows, let sumsBatch): ScatterAddOperator(rows: rows, sumsBatch: sumsBatch)
    case .reduceSum(let axes): ReduceSumOperator(axes: axes)
    case .reduceMax(let axes): ReduceMaxOperator(axes: axes)
    case .argMax(let axis): ArgMaxOperator(axis: axis)
    case .matmul(let matmul): MatmulOperator(matmul: matmul)
    case .convolution(let convolution): ConvolutionOperator(convolution: convolution)
    case .windows(let window, let padding): WindowsOperator(window: window, padding: padding)
    case .fold(let window): FoldOperator(window: window)
    case .lift: LiftOperator()
    case .batchSum: BatchSumOperator()
    case .batchStack(let count): BatchStackOperator(count: count)
    case .ownRow(let count): OwnRowOperator(count: count)
    case .scan(let scan): ScanOperator(scan: scan)
    case .stopGradient: StopGradientOperator()
    case .composite(let composite): CompositeOperator(composite: composite)
    case .assign(let path): AssignOperator(path: path)
    }
  }

  /// The definitions' types, for tests and for documentation that go over all operators.
  package static let definitions: [any OperatorDefinition.Type] = [
    InputOperator.self, ParameterOperator.self, ConstantOperator.self, FillOperator.self, IotaOperator.self,
    BatchCountOperator.self, RandomOperator.self, MapOperator.self, CastOperator.self, ReshapeOperator.self,
    PermuteOperator.self, BroadcastOperator.self, SliceOperator.self, PadOperator.self, ConcatOperator.self,
    GatherOperator.self, ScatterAddOperator.self, ReduceSumOperator.self, ReduceMaxOperator.self, ArgMaxOperator.self,
    MatmulOperator.self, ConvolutionOperator.self, WindowsOperator.self, FoldOperator.self, BatchStackOperator.self,
    OwnRowOperator.self, ScanOperator.self, LiftOperator.self, BatchSumOperator.self, StopGradientOperator.self,
    CompositeOperator.self,
    AssignOperator.self,
  ]
}
