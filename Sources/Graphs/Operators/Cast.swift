import Tensors

/// `cast(dtype)`: another element type. To int32 and uint8: towards zero, saturating, NaN to 0.
///
/// Gradient: zero, as only a cast from float32 to itself (which the builder drops) would carry one.
package struct CastOperator: OperatorDefinition {
  let dtype: DType
  package var name: String { "cast" }
  package var attributes: String { dtype.rawValue }
  package var kind: FusionKind { .elementwise }

  package func resultType(of inputs: [ValueType], declared: ValueType?) throws -> ValueType {
    var type = try inputs.expectOne()
    type.dtype = dtype
    return type
  }

  package func gradient(_ context: GradientContext) -> [ValueID?] { [nil] }

  package func vectorized(_ steps: StepsContext) -> ValueID? { steps.builder.cast(steps.stacked(0), dtype) }

  package func evaluate(_ inputs: [ReferenceTensor], at site: EvaluationSite) -> ReferenceTensor {
    inputs[0].mapped { value in
      switch dtype {
      case .float32: value
      case .int32: value.isNaN ? 0 : min(max(value.rounded(.towardZero), -0x1p31), 0x1p31 - 1)
      case .uint8: value.isNaN ? 0 : min(max(value.rounded(.towardZero), 0), 255)
      }
    }
  }

  package func arithmetic(inputs: [ValueType], result: ValueType) -> Int { result.count }

  package static var samples: [OperatorSample] {
    SampleShapes.samples("cast int32", .grid(-3, 3, offset: 0.05), isSmooth: false) { builder, x in
      builder.multiply(x, builder.cast(builder.cast(x, .int32), .float32))
    }
      + SampleShapes.samples("cast uint8", .grid(0, 9, offset: 0.05), isSmooth: false) { builder, x in
        builder.multiply(x, builder.cast(builder.cast(x, .uint8), .float32))
      }
  }
}
