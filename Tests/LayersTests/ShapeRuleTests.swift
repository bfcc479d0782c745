import Declarations
import Layers
import Tensors
import Testing

/// What shape rules give for symbolic sizes, and the reasons with which they refuse.
struct ShapeRuleTests {
  private let t = Dimension.variable("T")
  private let d = Dimension.variable("D")

  private func type(
    _ name: String, _ types: [TensorType], _ settings: [String: SettingValue] = [:], layers: [TrialLayer] = [],
    assuming facts: [Fact] = []
  ) throws -> TensorType {
    let declaration = try #require(Catalog.callable[name])
    return try typeRule(
      declaration, Trial(types: types, settings: settings, layers: layers), assuming: Facts(facts))
  }

  /// The reason of a refusal.
  private func reason(
    _ name: String, _ types: [TensorType], _ settings: [String: SettingValue] = [:], layers: [TrialLayer] = []
  ) -> ShapeReason? {
    do {
      _ = try type(name, types, settings, layers: layers)
      return nil
    } catch { return error as? ShapeReason }
  }

  private func numbers(_ axes: [Axis], pack: String? = nil) -> TensorType {
    TensorType(.float, Shape(pack: pack, axes))
  }

  @Test func sizesStaySymbolic() throws {
    let x = numbers([Axis(t), Axis(d)])
    #expect(try type("dense", [x], ["units": .integer(4 * d)]).description == "[T, 4 * D]")
    #expect(try type("flatten", [x]) == numbers([Axis(t * d)]))
    #expect(try type("mean", [x], ["over": .axes([.time])]).description == "[D]")
    #expect(try type("argmax", [x]).description == "class(D)[T]")
    #expect(try type("embed", [TensorType(.token(65), Shape([t]))], ["width": .integer(d)]).description == "[T, D]")
    #expect(try type("one_hot", [TensorType(.classes(d), .scalar)]).description == "[D]")
    #expect(try type("concat", [x, x]).description == "[T, 2 * D]")
    #expect(try type("reshape", [x], ["shape": .shape([d, t])]).description == "[D, T]")
    #expect(try type("glu", [x], assuming: [.divisible(d, by: 2)]).shape.axes[0].size == t)
  }

  @Test func positionwiseLayersTakeAnyLengthAndPack() throws {
    let varying = numbers([Axis(t, limit: 200), Axis(16)])
    #expect(try type("dense", [varying], ["units": .integer(3)]).description == "[T <= 200, 3]")
    let packed = numbers([], pack: "S")
    for declaration in Catalog.callables where declaration.category == .activation {
      let last = numbers([Axis(8)], pack: "S")
      let result = try typeRule(declaration, Trial(types: [last]))
      #expect(result.shape.pack == "S", "\(declaration.name)")
    }
    #expect(try type("relu", [packed]) == packed)
    #expect(try type("mean", [packed]) == .scalar)
    #expect(try type("mean", [numbers([Axis(d)], pack: "S")], ["over": .axes([.channels])]) == packed)
    #expect(reason("dense", [packed], ["units": .integer(3)])?.note?.contains("[...S, D]") == true)
    #expect(reason("flatten", [packed]) != nil)
  }

  @Test func reasonsNameTheCulprit() throws {
    let scalar = reason("dense", [.scalar], ["units": .integer(3)])
    #expect(scalar?.message == "`dense` needs at least one axis, but gets a scalar" && scalar?.input == 0)

    let reshape = reason("reshape", [.numbers([10])], ["shape": .shape([3, 4])])
    #expect(reshape?.setting == "shape" && reshape?.message.contains("10") == true)
    #expect(reshape?.requirement == .equal(10, 12))

    let squeeze = reason("squeeze", [.numbers([4, 3])])
    #expect(squeeze?.axis == 1)

    let residual = reason("residual", [.numbers([4])], ["layer": .layer(LayerHandle(0))], layers: [.widen])
    #expect(residual?.message.contains("`[4]` became `[8]`") == true)

    let axis = reason("mean", [.numbers([4])], ["over": .axes([.time])])
    #expect(axis?.setting == "over" && axis?.detail.contains("channels") == true)
    #expect(reason("mean", [.numbers([4, 4])], ["over": .axes([.channels, .features])]) != nil)

    #expect(reason("glu", [.numbers([5])])?.requirement == .divisible(5, by: 2))
    #expect(reason("concat", [.numbers([4, 2]), .numbers([3, 2])])?.input == 1)
    #expect(reason("maximum", [.numbers([4, 2]), .numbers([3])]) != nil)
    #expect(reason("transpose", [.numbers([4])]) != nil)
  }

  @Test func lossesCompareLikeWithLike() throws {
    let count = reason("cross_entropy", [.numbers([4]), .classes(3, [])])
    #expect(count?.axis == 0 && count?.message.contains("3 classes") == true)
    #expect(reason("cross_entropy", [.numbers([5, 4]), .classes(4, [])])?.input == 1)
    #expect(reason("cross_entropy", [.numbers([4]), .numbers([])]) != nil)
    #expect(
      reason("cross_entropy", [.numbers([2]), .classes(2, [])], ["weights": .reals([1, 2, 3])])?.setting == "weights")
    let off = reason("mean_squared_error", [.numbers([1]), .numbers([])])
    #expect(off?.note?.contains("squeeze") == true)
    #expect(reason("binary_cross_entropy", [.numbers([]), .classes(3, [])]) != nil)
    #expect(reason("hinge", [.numbers([]), .numbers([])]) != nil)
    let symbolic = TensorType(.float, Shape([t, d]))
    #expect(try type("cross_entropy", [symbolic, TensorType(.token(d), Shape([t]))]) == .scalar)
    let unproven = reason("cross_entropy", [symbolic, TensorType(.token(65), Shape([t]))])
    #expect(unproven?.requirement == .equal(d, 65))
  }

  @Test func repeatStopsWhenTheShapeDoes() throws {
    let times = SettingValue.integer(1_000_000_000)
    let same = try type("repeat", [.numbers([4])], ["times": times, "layer": .layer(LayerHandle(0))], layers: [.bend])
    #expect(same == .numbers([4]))
    let twice = try type(
      "repeat", [.numbers([4])], ["times": .integer(3), "layer": .layer(LayerHandle(0))], layers: [.widen])
    #expect(twice == .numbers([32]))
    #expect(
      reason(
        "repeat", [.numbers([4])], ["times": times, "layer": .layer(LayerHandle(0))], layers: [.widen])?.setting
        == "times")
    #expect(
      reason(
        "repeat", [.numbers([4])], ["times": .integer(t), "layer": .layer(LayerHandle(0))], layers: [.widen])?.setting
        == "layer")
  }

  @Test func metricsCheckTheirInputs() throws {
    let check = { (name: String, types: [TensorType]) -> Bool in
      let metric = try #require(Catalog.metric[name])
      do {
        try metric.check(shapeContext(metric.settings, Trial(types: types)))
        return true
      } catch { return false }
    }
    for name in ["accuracy", "f1", "precision", "recall", "confusion"] {
      #expect(try check(name, [.numbers([3]), .classes(3, [])]))
      #expect(try check(name, [.numbers([]), .truths([])]))
      #expect(try check(name, [.numbers([4]), .classes(2, [4])]))
      #expect(try !check(name, [.numbers([3]), .classes(4, [])]))
      #expect(try !check(name, [.numbers([3]), .numbers([])]))
      #expect(try !check(name, [.numbers([]), .classes(3, [])]))
    }
    #expect(try !check("r2", [.numbers([1]), .numbers([])]))
    #expect(try check("perplexity", [.numbers([4, 7]), .classes(7, [4])]))
  }
}
