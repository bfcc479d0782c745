import Tensors

/// Uses of the composites over many shapes, for the tests of their gradients and of fused kernels.
package enum CompositeSamples {
  package static var all: [OperatorSample] {
    softmax + logSoftmax + softmaxCrossEntropy + standardizeRows + attention + gelu + pooling
  }

  static var softmax: [OperatorSample] {
    SampleShapes.samples("softmax", over: SampleShapes.ranked(atLeast: 1)) { $0.softmax($1) }
  }

  static var logSoftmax: [OperatorSample] {
    SampleShapes.samples("log_softmax", over: SampleShapes.ranked(atLeast: 1)) { $0.logSoftmax($1) }
  }

  static var softmaxCrossEntropy: [OperatorSample] {
    SampleShapes.ranked(atLeast: 1).filter { $0.last != 0 }.enumerated().map { index, shape in
      let isShared = index % 5 == 4
      return OperatorSample(
        "softmax_cross_entropy \(shape)",
        [
          SampleInput(shape, isShared: isShared),
          .indices(Array(shape.dropLast()), below: shape[shape.count - 1], isShared: isShared),
        ]
      ) { $0.softmaxCrossEntropy($1[0], labels: $1[1]) }
    }
  }

  static var standardizeRows: [OperatorSample] {
    let epsilons = [1e-5, 1e-3, 0.1]
    // A row of one element is always zero; rows of nearly equal ones need an epsilon that differences can resolve.
    return SampleShapes.ranked(atLeast: 1).enumerated().map { index, shape in
      let axes = 1 + index % min(2, shape.count)
      return OperatorSample(
        "standardize_rows \(shape)", [SampleInput(shape, isShared: index % 3 == 2, .distinct)], tolerance: 1e-5
      ) { $0.standardizeRows($1[0], axes: axes, epsilon: epsilons[index % 3]) }
    }
  }

  static var pooling: [OperatorSample] {
    Window.samples.enumerated().flatMap { index, window in
      let input = SampleInput(window.image + [1 + index % 3], isShared: index % 3 == 2, .distinct)
      return [
        OperatorSample("max_pool \(window)", [input]) { $0.maxPool($1[0], window) },
        OperatorSample("average_pool \(window)", [input]) { $0.averagePool($1[0], window) },
      ]
    }
  }

  static var gelu: [OperatorSample] {
    SampleShapes.samples("gelu") { $0.gelu($1) } + SampleShapes.samples("gelu_tanh") { $0.geluTanh($1) }
  }

  static var attention: [OperatorSample] {
    let shapes = [
      (1, 1, 1, 1, 1), (2, 3, 1, 1, 2), (3, 2, 2, 2, 1), (3, 3, 2, 1, 2), (2, 2, 4, 2, 1), (4, 4, 1, 1, 3),
      (1, 4, 3, 3, 2), (5, 1, 2, 1, 1), (2, 5, 6, 3, 1),
    ]
    return shapes.enumerated().flatMap { index, shape in
      [(false, false), (true, false), (false, true)].map { isCausal, isMasked in
        let (length, span, heads, groups, width) = shape
        let isShared = index % 3 == 2
        let source = SampleInput([span, groups, width], isShared: isShared && index % 2 == 0)
        let form = AttentionForm(scale: 0.5 + Double(index % 3), isCausal: isCausal)
        return OperatorSample(
          "attention \(shape)\(isCausal ? " causal" : "")\(isMasked ? " masked" : "")",
          [SampleInput([length, heads, width], isShared: isShared), source, source]
        ) { builder, x in
          let real = (0..<span).map { $0 == 0 || $0 < span - 1 ? Float(1) : 0 }
          let mask = isMasked ? builder.constant(HostTensor(shape: [span], real)) : nil
          return builder.attention(x[0], x[1], x[2], mask: mask, form)
        }
      }
    }
  }
}
