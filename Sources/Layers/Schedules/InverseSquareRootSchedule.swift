import Declarations

extension ScheduleDeclaration {
  /// Warms up, then falls with the square root of the step.
  package static let inverseSquareRoot = ScheduleDeclaration(
    "inverse_sqrt", summary: "Grows to its peak in the warmup, then falls with the square root of the step",
    formula: "rate(t) = peak · min((t + 1) / warmup, √(warmup / (t + 1))) "
      + "[Vaswani et al. 2017, Attention Is All You Need]",
    settings: [
      SettingDeclaration(
        "peak", .real(.nonNegative), isPositional: true, doc: "The greatest rate, reached at the end of the warmup."),
      SettingDeclaration(
        "warmup", .integer(1...1_000_000_000),
        doc: "The number of steps over which the rate first grows in a straight line to its peak."),
    ],
    aliases: ["InverseSquareRootSchedule", "noam"]
  ) { settings, step, _ in
    let warmup = Double(settings.integer("warmup"))
    let now = Double(step + 1)
    return settings.real("peak") * min(now / warmup, (warmup / now).squareRoot())
  }
}
