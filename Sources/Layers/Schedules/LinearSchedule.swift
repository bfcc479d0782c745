import Declarations

extension ScheduleDeclaration {
  /// A straight line from one rate to another.
  package static let linear = ScheduleDeclaration(
    "linear", summary: "Changes in a straight line, and reaches its end in the last step",
    formula: "rate(t) = from + (to − from) · p, p = (t − warmup) / (steps − 1 − warmup); "
      + "from · (t + 1) / warmup while t < warmup",
    settings: [
      .scheduleStart,
      SettingDeclaration("to", .real(.nonNegative), default: .real(0), doc: "The rate of the last step."), .warmup,
    ],
    aliases: ["PolynomialLR", "PolynomialDecay"]
  ) { settings, step, total in
    let (from, to, warmup) = (settings.real("from"), settings.real("to"), settings.integer("warmup"))
    if let share = warmupShare(step: step, warmup: warmup) { return from * share }
    return from + (to - from) * progress(step: step, warmup: warmup, total: total)
  }
}
