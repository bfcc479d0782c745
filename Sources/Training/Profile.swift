import Datasets
import Lowering
import Tensors

extension Trainer {
  /// The time of each instruction of each training step over so many steps, as a table. Changes the weights.
  package func profile(steps count: Int) throws -> String {
    var text = ""
    for (index, program) in steps.enumerated() {
      let batch = min(train.batch, split.train.count)
      let graph = train.usesBatch ? elaborator.step(index, batch: batch).graph : program.graph
      let compiled = CompiledGraph(graph, context: context)
      let variant = try compiled.variant(batch: batch)
      let rows = Array(split.train.prefix(batch))
      let profile = rows.withUnsafeBufferPointer { rows in
        variant.source.fill(rows)
        for name in ["rate", "step"] where variant.executable.hasInput(name) {
          let value: Float = name == "step" ? 1 : 0
          variant.executable.input(name).baseAddress?.assumingMemoryBound(to: Float.self).pointee = value
        }
        _ = variant.executable.profile(steps: max(1, count / 10), rows: rows.baseAddress)
        return variant.executable.profile(steps: count, rows: rows.baseAddress)
      }
      text += "# step \(train.steps[index].name.isEmpty ? train.name : train.steps[index].name), batch \(batch)\n\n"
      text += table(variant.plan, profile.nanoseconds, steps: profile.steps) + "\n"
    }
    return text
  }

  private func table(_ plan: Plan, _ nanoseconds: [Int], steps: Int) -> String {
    let total = max(1, nanoseconds.reduce(0, +))
    // The first line is a heading, then there is one for each instruction.
    let lines = plan.description.split(separator: "\n").dropFirst().map(String.init)
    var rows = ["    µs  share   GFLOP/s  instruction"]
    for (index, (instruction, times)) in plan.lines.enumerated() {
      let time = Double(nanoseconds[index]) / Double(steps)
      let rate = time > 0 ? Double(instruction.flops * times) / time : 0
      let share = Double(nanoseconds[index]) / Double(total) * 100
      rows.append(
        padded(time / 1000, 6, 2) + padded(share, 6, 1) + "%" + padded(rate, 9, 2) + "  "
          + (lines.indices.contains(index) ? lines[index] : ""))
    }
    rows.append(padded(Double(total) / Double(steps) / 1000, 6, 2) + "  in all")
    return rows.joined(separator: "\n") + "\n"
  }

  private func padded(_ value: Double, _ width: Int, _ decimals: Int) -> String {
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    let whole = Int((value * scale).rounded())
    let digits = String(whole)
    let filled = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
    let text = filled.dropLast(decimals) + "." + filled.suffix(decimals)
    return String(repeating: " ", count: max(0, width - text.count)) + text
  }
}
