import Declarations

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension ScheduleDeclaration {
  /// Up to a peak and far down again, along cosines.
  package static let oneCycle = ScheduleDeclaration(
    "one_cycle", summary: "Rises along a cosine to its peak in the first part of the training, then falls far below",
    formula:
      "from peak / start to peak over rise · steps − 1 steps (1 where that is none), then to peak / start / end in the last one, each "
      + "along half a cosine [Smith and Topin 2018, Super-Convergence]",
    settings: [
      SettingDeclaration("peak", .real(.nonNegative), isPositional: true, doc: "The greatest rate."),
      SettingDeclaration(
        "rise", .real(.unit), default: .real(0.3), doc: "The share of the steps in which the rate grows."),
      SettingDeclaration(
        "start", .real(.positive), default: .real(25), doc: "The peak is this many times the rate of the first step."),
      SettingDeclaration(
        "end", .real(.positive), default: .real(1e4),
        doc: "The rate of the first step is this many times that of the last one."),
    ],
    aliases: ["OneCycleLR"]
  ) { settings, step, total in
    let peak = settings.real("peak")
    let initial = peak / settings.real("start")
    let final = initial / settings.real("end")
    let last = Double(max(1, total - 1))
    // Of two or three steps the share leaves none to rise in: then the second is the peak, and a lone one is too.
    let planned = settings.real("rise") * Double(total) - 1
    let top = planned > 0 ? planned : settings.real("rise") > 0 && total > 1 ? 1 : 0
    let now = min(Double(step), last)
    let glide = { (from: Double, to: Double, share: Double) in to + (from - to) * (1 + cos(.pi * share)) / 2 }
    return now <= top && top > 0
      ? glide(initial, peak, now / top) : glide(peak, final, last > top ? (now - top) / (last - top) : 1)
  }
}
