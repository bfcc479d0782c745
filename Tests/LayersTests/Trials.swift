import Declarations
import Graphs
import Layers
import Tensors

/// Where numbers are drawn: away from multiples of a tenth, where kinks are.
let offKinks = SampleDomain.grid(-4, 4, offset: 0.05)
/// Numbers whose distance from those of ``offKinks`` is not near a multiple of a tenth.
let onTenths = SampleDomain.grid(-4, 4, offset: 0)

/// Shapes without empty axes.
func shapes(atLeast rank: Int) -> [[Int]] { SampleShapes.ranked(atLeast: rank).filter { !$0.contains(0) } }

/// Uses of a declaration over many shapes; declarations without an entry are tried on numbers of every rank with
/// default settings.
func trials(of declaration: CallableDeclaration) -> [Trial] {
  switch declaration.category {
  case .loss: lossTrials(declaration)
  case .combinator: combinatorTrials(declaration)
  case .function: functionTrials(declaration)
  default: layerTrials(declaration)
  }
}

private func plain(_ shapes: [[Int]], _ domain: SampleDomain = offKinks) -> [Trial] {
  shapes.map { Trial(types: [.numbers($0)], domains: [domain]) }
}

private func layerTrials(_ declaration: CallableDeclaration) -> [Trial] {
  switch declaration.name {
  case "conv", "depthwise_conv", "conv_transpose", "max_pool", "average_pool", "upsample", "pad":
    return windowTrials(declaration.name)
  case "group_norm":
    return plain(shapes(atLeast: 1), .distinct).map { trial in
      var trial = trial
      let channels = trial.types[0].constantShape.last!
      trial.settings = ["groups": .integer(Dimension(channels % 2 == 0 ? 2 : 1))]
      return trial
    }
  case "dense":
    return shapes(atLeast: 1).enumerated().map { index, shape in
      Trial(
        types: [.numbers(shape)],
        settings: ["units": .integer(Dimension(1 + index % 4)), "bias": .boolean(index % 3 != 0)], domains: [offKinks])
    }
  case "attention": return attentionTrials()
  case "add_positions":
    return (0..<24).map { index in
      Trial(
        types: [.numbers([1 + index % 6, 1 + index / 4])],
        settings: ["kind": .word(index % 2 == 0 ? "learned" : "sinusoidal")], domains: [offKinks])
    }
  case "rnn", "lstm", "gru":
    return (0..<20).map { index in
      Trial(
        types: [.numbers([1 + index % 5, 1 + index / 5])], settings: ["units": .integer(Dimension(1 + index % 3))],
        domains: [offKinks])
    }
  case "embed", "one_hot":
    return shapes(atLeast: 0).enumerated().map { index, shape in
      let count = 1 + index % 5
      return Trial(
        types: [.classes(count, shape)], settings: declaration.name == "embed" ? ["width": .integer(3)] : [:],
        domains: [.indices(below: count)])
    }
  case "reshape":
    return shapes(atLeast: 0).map { shape in
      Trial(
        types: [.numbers(shape)], settings: ["shape": .shape([1, Dimension(shape.reduce(1, *)), 1])],
        domains: [offKinks])
    }
  case "squeeze": return plain(shapes(atLeast: 0).map { $0 + [1] })
  case "transpose": return plain(shapes(atLeast: 2))
  case "glu": return plain(shapes(atLeast: 1).map { $0.dropLast() + [2 * $0.last!] })
  case "dropout", "spatial_dropout":
    return plain(shapes(atLeast: declaration.name == "dropout" ? 0 : 1) + [[2, 3, 6], [9]]).map { trial in
      var trial = trial
      trial.settings = ["rate": .real(0.3)]
      return trial
    }
  case "noise":
    return plain(shapes(atLeast: 0)).map { trial in
      var trial = trial
      trial.settings = ["deviation": .real(0.5)]
      return trial
    }
  case "augment": return augmentTrials()
  case "layer_norm", "batch_norm", "rms_norm": return plain(shapes(atLeast: 1), .distinct)
  case "l1", "l2": return (1...24).map { Trial(types: [.numbers([$0])], domains: [offKinks]) }
  default: return plain(shapes(atLeast: 1)) + plain([[]])
  }
}

private func augmentTrials() -> [Trial] {
  (0..<24).map { index in
    let size = [3 + index % 5, 3 + index / 5]
    let settings: [[String: SettingValue]] = [
      ["flip": .word("horizontal")], ["flip": .word("both"), "shift": .list([.integer(1), .integer(2)])],
      ["crop": .list([.integer(2), .integer(3)])], ["rotate": .real(30), "outside": .word("edge")],
      ["rotate": .real(90), "shift": .integer(1), "crop": .integer(3), "flip": .word("vertical")],
      ["noise": .real(0.3)],
    ]
    return Trial(
      types: [.numbers(index % 2 == 0 ? size : size + [1 + index % 3])], settings: settings[index % 6],
      domains: [offKinks])
  }
}

private func attentionTrials() -> [Trial] {
  let small = SampleDomain.uniform(-1, 1)
  return (0..<24).map { index in
    let (length, groups, share, head) = (1 + index % 5, 1 + index % 2, 1 + index % 3, 2 + 2 * (index % 2))
    let heads = groups * share
    let hasMemory = index % 4 == 3
    var settings: [String: SettingValue] = [
      "heads": .integer(Dimension(heads)), "bias": .boolean(index % 3 != 0), "project": .boolean(index % 5 != 4),
      "causal": .boolean(!hasMemory && index % 2 == 0),
      "positions": .word(!hasMemory && index % 3 == 1 ? "rotary" : "none"),
    ]
    if share > 1 { settings["groups"] = .integer(Dimension(groups)) }
    let memory = [1 + index % 3, index % 5 == 4 ? heads * head : 3]
    return Trial(
      types: ([[length, heads * head]] + (hasMemory ? [memory] : [])).map { .numbers($0) }, settings: settings,
      domains: hasMemory ? [small, small] : [small])
  }
}

private func functionTrials(_ declaration: CallableDeclaration) -> [Trial] {
  switch declaration.name {
  case "log", "sqrt": return plain(shapes(atLeast: 0), .uniform(0.3, 3))
  case "argmax": return plain(shapes(atLeast: 1), .distinct)
  case "last": return plain(shapes(atLeast: 1))
  case "shift":
    return [1, 2, 3].flatMap { count in
      [[4], [6], [5, 3], [7, 1], [4, 2, 3], [6, 1, 2], [5, 2, 2, 2]].map { base in
        let shape = [base[0] + count] + base.dropFirst()
        return Trial(types: [.numbers(shape)], settings: ["by": .integer(Dimension(count))], domains: [offKinks])
      }
    }
  case "mean", "sum", "max", "min", "variance", "norm":
    let axes: [Int: [AxisName]] = [1: [.channels], 2: [.time], 3: [.height, .width], 4: [.features]]
    return plain(shapes(atLeast: 0), .distinct)
      + shapes(atLeast: 1).map { shape in
        Trial(types: [.numbers(shape)], settings: ["over": .axes(axes[shape.count]!)], domains: [.distinct])
      }
  case "clip":
    return shapes(atLeast: 0).enumerated().map { index, shape in
      let settings: [[String: SettingValue]] = [
        ["low": .real(-1)], ["high": .real(1)], ["low": .real(-1), "high": .real(1)],
      ]
      return Trial(types: [.numbers(shape)], settings: settings[index % 3], domains: [offKinks])
    }
  case "maximum", "minimum":
    return shapes(atLeast: 1).flatMap { shape in
      [shape, Array(shape.dropFirst()), shape.map { _ in 1 }].flatMap { other in
        [
          Trial(types: [.numbers(shape), .numbers(other)], domains: [offKinks, onTenths]),
          Trial(types: [.numbers(other), .numbers(shape)], domains: [offKinks, onTenths]),
        ]
      }
    }
  case "select":
    return shapes(atLeast: 1).flatMap { shape in
      [
        Trial(
          types: [.truths(shape), .numbers(shape), .numbers([])], domains: [.choices([0, 1]), offKinks, offKinks]),
        Trial(
          types: [.truths([]), .numbers(Array(shape.dropFirst())), .numbers(shape)],
          domains: [.choices([0, 1]), offKinks, offKinks]),
      ]
    }
  case "cosine_similarity":
    return shapes(atLeast: 1).map {
      Trial(types: [.numbers($0), .numbers($0)], domains: [offKinks, offKinks])
    }
  case "concat":
    return shapes(atLeast: 1).flatMap { shape in
      [
        Trial(
          types: [shape, shape.dropLast() + [3], shape].map { .numbers($0) },
          domains: [offKinks, offKinks, offKinks])
      ]
        + (shape.count == 2
          ? [
            Trial(
              types: [.numbers(shape), .numbers([2, shape[1]])], settings: ["over": .axes([.time])],
              domains: [offKinks, offKinks])
          ] : [])
    }
  default: return plain(shapes(atLeast: 0))
  }
}

private func combinatorTrials(_ declaration: CallableDeclaration) -> [Trial] {
  let isForSequences = declaration.name == "bidirectional"
  let sequences = (0..<20).map { [1 + $0 % 5, 1 + $0 / 5] }
  let tried = isForSequences ? sequences : shapes(atLeast: 1).filter { $0.reduce(1, *) < 20 }
  return tried.enumerated().map { index, shape in
    var trial = Trial(types: [.numbers(shape)], domains: [.uniform(-1, 1)], layers: [.bend, .widen])
    switch declaration.name {
    case "residual": trial.settings = ["layer": .layer(LayerHandle(0))]
    case "bidirectional": trial.settings = ["layer": .layer(LayerHandle(index % 2))]
    case "parallel": trial.settings = ["layers": .layers([LayerHandle(0), LayerHandle(1), LayerHandle(0)])]
    default:
      trial.settings = [
        "times": .integer(Dimension(1 + index % 3)), "layer": .layer(LayerHandle(index % 2)),
      ]
    }
    return trial
  }
}

private func lossTrials(_ declaration: CallableDeclaration) -> [Trial] {
  let reduce = { (index: Int) in SettingValue.word(index % 2 == 0 ? "mean" : "sum") }
  switch declaration.name {
  case "cross_entropy":
    return shapes(atLeast: 1).enumerated().map { index, shape in
      let count = shape.last!
      var settings = ["reduce": reduce(index), "smoothing": .real(index % 3 == 0 ? 0.2 : 0)]
      if index % 4 == 0 { settings["weights"] = .reals((0..<count).map { 0.5 + Double($0) }) }
      return Trial(
        types: [.numbers(shape), .classes(count, shape.dropLast())], settings: settings,
        domains: [offKinks, .indices(below: count)])
    }
  case "contrastive":
    return shapes(atLeast: 1).enumerated().map { index, shape in
      let positions = Array(shape.dropLast())
      return Trial(
        types: [.numbers(shape), .numbers(shape), index % 2 == 0 ? .truths(positions) : .classes(2, positions)],
        settings: ["reduce": reduce(index), "margin": .real(6.03)],
        domains: [offKinks, onTenths, index % 2 == 0 ? .choices([0, 1]) : .indices(below: 2)])
    }
  case "binary_cross_entropy", "hinge", "binary_focal":
    return shapes(atLeast: 0).enumerated().map { index, shape in
      let target: TensorType = index % 2 == 0 ? .truths(shape) : .classes(2, shape)
      return Trial(
        types: [.numbers(shape), target], settings: ["reduce": reduce(index)],
        domains: [offKinks, index % 2 == 0 ? .choices([0, 1]) : .indices(below: 2)])
    }
  default:
    let rank = declaration.name == "kl_divergence" ? 1 : 0
    return shapes(atLeast: rank).enumerated().map { index, shape in
      Trial(
        types: [.numbers(shape), .numbers(shape)], settings: ["reduce": reduce(index)], domains: [offKinks, onTenths])
    }
  }
}
