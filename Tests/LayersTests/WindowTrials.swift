import Declarations
import Graphs
import Tensors

/// Uses of a layer over windows: images and series, with every setting.
func windowTrials(_ name: String) -> [Trial] {
  let inputs = [
    [5, 4, 2], [6, 6, 1], [4, 7, 4], [1, 5, 2], [5, 5, 6], [3, 4, 2], [7, 2], [9, 4], [5, 1], [8, 6], [4, 4, 4],
    [6, 3], [4, 3, 2], [5, 5, 2], [7, 4, 2], [3, 3, 2], [6, 5, 4], [4, 5, 1], [6, 4], [10, 2], [3, 2], [7, 6],
    [5, 3, 4], [6, 2],
  ]
  return inputs.enumerated().map { index, shape in
    Trial(
      types: [.numbers(shape)], settings: settings(name, index, shape), domains: [.distinct])
  }
}

private func settings(_ name: String, _ index: Int, _ shape: [Int]) -> [String: SettingValue] {
  let axes = shape.count - 1
  func sizes(_ values: [Int]) -> SettingValue {
    index % 3 == 2
      ? .list(values.prefix(axes).map { .integer(Dimension($0)) }) : .integer(Dimension(values[0]))
  }
  let paddings: [SettingValue] = [.word("valid"), .word("same"), .integer(1)]
  switch name {
  case "upsample": return ["factor": sizes([2, 3])]
  case "pad":
    return ["size": sizes([1, 2]), "at": .word(["both", "start", "end"][index % 3])]
  case "max_pool", "average_pool":
    var result: [String: SettingValue] = ["kernel": sizes([1 + index % 2, 2])]
    if index % 4 > 0 { result["stride"] = .integer(Dimension(1 + index % 2)) }
    // A window whose every place lies outside has no mean.
    result["padding"] = paddings[index % 2]
    return result
  default:
    // Where padding adds nothing, the window must fit.
    let isSmall = shape.prefix(axes).min() ?? 0 < 5
    var result: [String: SettingValue] = [
      "kernel": sizes([isSmall ? 1 : 1 + index % 3, isSmall ? 1 : 2]), "stride": sizes([1 + index % 2, 2]),
      "padding": paddings[index % 3], "bias": .boolean(index % 2 == 0),
    ]
    if name == "conv_transpose" {
      // Nothing remains of the smallest if its edges are cut off.
      result["padding"] = paddings[index % 2]
      result["kernel"] = sizes([2 + index % 2, 3])
    }
    if index % 5 == 4 { result["dilation"] = .integer(2) }
    if name != "depthwise_conv" { result["filters"] = .integer(Dimension(2 + 2 * (index % 2))) }
    if name == "conv", shape[axes] % 2 == 0, index % 3 != 1 { result["groups"] = .integer(2) }
    return result
  }
}
