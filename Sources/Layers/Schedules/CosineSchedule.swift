import Declarations

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension ScheduleDeclaration {
  /// Half a cosine from one rate to another.
  package static let cosine = ScheduleDeclaration(
    "cosine", summary: "Falls along half a cosine, slowly at both ends, and reaches its end in the last step",
    formula: "rate(t) = to + (from − to) · (1 + cos(π · p)) / 2, p = (t − warmup) / (steps − 1 − warmup); "
      + "from · (t + 1) / warmup while t < warmup [Loshchilov and Hutter 2017, SGDR]",
    settings: [
      .scheduleStart,
      SettingDeclaration("to", .real(.nonNegative), default: .real(0), doc: "The rate of the last step."), .warmup,
    ],
    aliases: ["CosineAnnealingLR", "CosineDecay"]
  ) { settings, step, total in
    let (from, to, warmup) = (settings.real("from"), settings.real("to"), settings.integer("warmup"))
    if let share = warmupShare(step: step, warmup: warmup) { return from * share }
    return to + (from - to) * (1 + cos(.pi * progress(step: step, warmup: warmup, total: total))) / 2
  }
}
