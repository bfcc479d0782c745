import Diagnostics

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Where a command prints: results to standard output, progress and diagnostics to standard error.
package struct Console: Sendable {
  package var style: Style
  package var isTerminal: Bool
  package var width: Int
  private let output: @Sendable (String) -> Void
  private let error: @Sendable (String) -> Void

  package init(
    style: Style, isTerminal: Bool, width: Int, output: @escaping @Sendable (String) -> Void,
    error: @escaping @Sendable (String) -> Void
  ) {
    self.style = style
    self.isTerminal = isTerminal
    self.width = width
    self.output = output
    self.error = error
  }

  /// The process's own streams; colour by `NO_COLOR`, `CLICOLOR_FORCE`, `TERM` and whether errors go to a terminal.
  package static func standard() -> Console {
    let isTerminal = isatty(2) == 1 && environment("TERM") != "dumb"
    let forced = environment("CLICOLOR_FORCE").map { $0 != "0" && !$0.isEmpty } ?? false
    let refused = environment("NO_COLOR").map { !$0.isEmpty } ?? false
    var size = winsize()
    let width = ioctl(2, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 20 ? Int(size.ws_col) : 80
    return Console(
      style: Style(isColored: !refused && (isTerminal || forced)), isTerminal: isTerminal, width: width,
      output: { writeAll($0, to: 1) }, error: { writeAll($0, to: 2) })
  }

  /// A result.
  package func print(_ text: String) { output(text + "\n") }
  package func write(_ text: String) { output(text) }
  /// Progress, or a message.
  package func tell(_ text: String) { error(text + "\n") }
  package func tellRaw(_ text: String) { error(text) }

  /// `error: message`, and a hint below it.
  package func fail(_ message: String, hint: String? = nil) {
    tell(style("error", .red) + ": " + printable(message))
    if let hint { tell(style("help", .cyan) + ": " + printable(hint)) }
  }
}

package func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

/// Writes all bytes; a closed pipe ends the process quietly, with the code that a shell gives to SIGPIPE.
func writeAll(_ text: String, to descriptor: Int32) {
  var text = text
  text.withUTF8 { bytes in
    var sent = 0
    while sent < bytes.count {
      let count = write(descriptor, bytes.baseAddress! + sent, bytes.count - sent)
      if count > 0 {
        sent += count
      } else if errno != EINTR {
        if errno == EPIPE { exit(141) }
        return
      }
    }
  }
}
