#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The machine's zlib, found at run time, so that building needs no headers and a machine without it runs the rest.
package struct Zlib: @unchecked Sendable {
  // The functions are immutable code: sharing them is safe.
  typealias Initialise = @convention(c) (UnsafeMutableRawPointer, Int32, UnsafePointer<CChar>, Int32) -> Int32
  typealias Step = @convention(c) (UnsafeMutableRawPointer, Int32) -> Int32
  typealias Finish = @convention(c) (UnsafeMutableRawPointer) -> Int32
  let initialise: Initialise
  let inflate: Step
  let reset: Finish
  let end: Finish

  /// Nil where there is none.
  package static let shared: Zlib? = load()

  private static func load() -> Zlib? {
    #if canImport(Darwin)
      let names = ["/usr/lib/libz.dylib", "libz.dylib"]
    #else
      let names = ["libz.so.1", "libz.so"]
    #endif
    for name in names {
      guard let library = dlopen(name, RTLD_NOW) else { continue }
      guard let initialise = dlsym(library, "inflateInit2_"), let inflate = dlsym(library, "inflate"),
        let reset = dlsym(library, "inflateReset"), let end = dlsym(library, "inflateEnd")
      else { continue }
      return Zlib(
        initialise: unsafeBitCast(initialise, to: Initialise.self), inflate: unsafeBitCast(inflate, to: Step.self),
        reset: unsafeBitCast(reset, to: Finish.self), end: unsafeBitCast(end, to: Finish.self))
    }
    return nil
  }
}

/// zlib's `z_stream`, field by field, on machines where `long` and pointers have 64 bits.
private struct Stream {
  var nextIn: UnsafeRawPointer?
  var availableIn: UInt32 = 0
  var totalIn: UInt = 0
  var nextOut: UnsafeMutableRawPointer?
  var availableOut: UInt32 = 0
  var totalOut: UInt = 0
  var message: UnsafePointer<CChar>?
  var state: UnsafeMutableRawPointer?
  var allocate: UnsafeMutableRawPointer?
  var free: UnsafeMutableRawPointer?
  var opaque: UnsafeMutableRawPointer?
  var dataType: Int32 = 0
  var checksum: UInt = 0
  var reserved: UInt = 0
}

/// Unpacks a stream step by step. Window and input buffer are all the memory it takes.
package final class Inflater {
  package enum Wrapping: Int32, Sendable {
    /// RFC 1952.
    case gzip = 31
    /// RFC 1950, inside PNG.
    case zlib = 15
  }
  package enum Outcome: Sendable, Equatable {
    /// More output may follow.
    case progress
    /// One member ended, its checksum right.
    case ended
    case damaged(String)
  }
  private let library: Zlib
  private let stream: UnsafeMutablePointer<Stream>

  package init(_ library: Zlib, _ wrapping: Wrapping) {
    precondition(MemoryLayout<Stream>.size == 112, "z_stream has 112 bytes on 64-bit machines")
    self.library = library
    stream = .allocate(capacity: 1)
    stream.initialize(to: Stream())
    let code = library.initialise(stream, wrapping.rawValue, "1.2.0", 112)
    precondition(code == 0, "inflateInit2 refused its arguments: \(code)")
  }

  deinit {
    _ = library.end(stream)
    stream.deallocate()
  }

  /// Begins the next member.
  package func restart() { _ = library.reset(stream) }

  /// Unpacks from `input` into `output`; says how many bytes of each were used.
  package func step(
    input: UnsafeRawPointer, inputCount: Int, output: UnsafeMutableRawPointer, outputCount: Int
  ) -> (read: Int, written: Int, outcome: Outcome) {
    let inLimit = UInt32(clamping: inputCount)
    let outLimit = UInt32(clamping: outputCount)
    stream.pointee.nextIn = input
    stream.pointee.availableIn = inLimit
    stream.pointee.nextOut = output
    stream.pointee.availableOut = outLimit
    let code = library.inflate(stream, 0)
    let read = Int(inLimit - stream.pointee.availableIn)
    let written = Int(outLimit - stream.pointee.availableOut)
    switch code {
    case 0, -5: return (read, written, .progress)  // Z_OK, Z_BUF_ERROR: it wants more input or output
    case 1: return (read, written, .ended)
    case -4: return (read, written, .damaged("zlib found no memory"))
    default: return (read, written, .damaged(stream.pointee.message.map { String(cString: $0) } ?? "code \(code)"))
    }
  }
}
