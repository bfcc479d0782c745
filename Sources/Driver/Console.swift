import Diagnostics
import Synchronization

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
  private let outputFailure: @Sendable () -> String?
  /// What is said as one JSON document, where the command line asks for one.
  private(set) var document: OutputDocument?

  /// - Parameter outputFailure: Why results could not be written, asked at the end; nil where they were.
  package init(
    style: Style, isTerminal: Bool, width: Int, output: @escaping @Sendable (String) -> Void,
    error: @escaping @Sendable (String) -> Void, outputFailure: @escaping @Sendable () -> String? = { nil }
  ) {
    self.style = style
    self.isTerminal = isTerminal
    self.width = width
    self.output = output
    self.error = error
    self.outputFailure = outputFailure
  }

  /// The same console with its results kept back for a document.
  func collecting(into document: OutputDocument) -> Console {
    var result = self
    result.document = document
    return result
  }

  /// The exit code of a command when all is written: results that did not arrive are a failure.
  func finished(_ code: ExitCode) -> ExitCode {
    guard let reason = outputFailure() else { return code }
    fail("the results cannot be written to standard output: \(reason)")
    return code == .fine || code == .rejected ? .usage : code
  }

  /// The process's own streams; colour by `NO_COLOR`, `CLICOLOR_FORCE`, `TERM` and whether errors go to a terminal.
  package static func standard() -> Console {
    let isTerminal = isatty(2) == 1 && environment("TERM") != "dumb"
    let forced = environment("CLICOLOR_FORCE").map { $0 != "0" && !$0.isEmpty } ?? false
    let refused = environment("NO_COLOR").map { !$0.isEmpty } ?? false
    var size = winsize()
    let width = ioctl(2, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 20 ? Int(size.ws_col) : 80
    let results = ResultStream()
    return Console(
      style: Style(isColored: !refused && (isTerminal || forced)), isTerminal: isTerminal, width: width,
      output: { results.write($0) }, error: { _ = writeAll($0, to: 2) }, outputFailure: { results.finish() })
  }

  /// A result.
  package func print(_ text: String) { write(text + "\n") }
  package func write(_ text: String) { if let document { document.add(text) } else { output(text) } }
  /// Progress, or a message.
  package func tell(_ text: String) { error(text + "\n") }
  package func tellRaw(_ text: String) { error(text) }

  /// `error: message`, and a hint below it.
  package func fail(_ message: String, hint: String? = nil) {
    tell(style("error", .red) + ": " + printable(message))
    if let hint { tell(style("help", .cyan) + ": " + printable(hint)) }
    document?.add(OutputDocument.Failure(message: message, hint: hint))
  }
}

package func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

/// Standard output, which remembers why it could not be written to.
private final class ResultStream: Sendable {
  private let state = Mutex<(wrote: Bool, failure: String?)>((false, nil))

  func write(_ text: String) {
    state.withLock { state in
      guard state.failure == nil else { return }
      state.wrote = true
      state.failure = writeAll(text, to: 1)
    }
  }

  /// Why something is lost. Some file systems tell only when a file is closed.
  func finish() -> String? {
    state.withLock { state in
      guard state.wrote, state.failure == nil else { return state.failure }
      let copy = dup(1)
      if copy >= 0 && close(copy) != 0 && errno != EINTR { state.failure = String(cString: strerror(errno)) }
      return state.failure
    }
  }
}

/// Writes all bytes, or gives what the system says where it cannot; a closed pipe ends the process quietly, with the
/// code that a shell gives to SIGPIPE.
func writeAll(_ text: String, to descriptor: Int32) -> String? {
  var text = text
  return text.withUTF8 { bytes in
    var sent = 0
    while sent < bytes.count {
      let count = write(descriptor, bytes.baseAddress! + sent, bytes.count - sent)
      if count > 0 {
        sent += count
      } else if errno == EAGAIN {
        var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&wait, 1, -1)
      } else if errno != EINTR {
        if errno == EPIPE { exit(141) }
        return String(cString: strerror(errno))
      }
    }
    return nil
  }
}
