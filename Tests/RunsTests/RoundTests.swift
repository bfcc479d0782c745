import Declarations
import Execution
import Graphs
import Layers
import Lowering
import Tensors
import Testing

/// `round` as plans compute it, against Swift's own rounding of the same float32.
@Suite struct RoundTests {
  @Test func halvesGoUpwardsAndNothingElseDoes() throws {
    var values: [Float] = [
      0.49999997, 0.5, 0.50000006, -0.5, -0.50000006, -0.49999997, 1.5, 2.5, -1.5, -2.5, 0, -0.0, 8_388_607.5,
      8_388_609, 8_388_611, -8_388_609, 16_777_218, 4_194_303.5, 4_194_303.25, 1e30, -1e30,
    ]
    for step in 0..<4_000 { values.append(Float(step - 2_000) * 0.3137) }
    let graph = GraphBuilder()
    let x = graph.input("x", ValueType([values.count], isShared: false))
    let rounded = try #require(Catalog.callable["round"]).build(
      BuildContext(
        graph: graph, mode: .evaluation, inputs: [x], inputTypes: [], settings: Settings([:]), path: "round",
        weight: { _ in preconditionFailure() }, update: { _, _ in }, apply: { _, _, _ in preconditionFailure() }))
    let program = graph.finish(outputs: [("y", rounded)], effects: [])
    let executable = try Executable(
      lower(program, batch: 1, options: LoweringOptions()), store: ParameterStore(), threads: 1, seed: 0)
    executable.input("x").copyBytes(from: values.withUnsafeBytes { Array($0) })
    executable.run(iteration: 0, rows: [0])
    for (value, found) in zip(values, executable.output("y")) {
      // Ties aside, Swift rounds to the nearest; a tie goes upwards.
      let tie = value - value.rounded(.down) == 0.5
      let right = tie ? value.rounded(.up) : value.rounded(.toNearestOrEven)
      #expect(found == right, "round(\(value)) is \(found), not \(right)")
    }
  }
}
