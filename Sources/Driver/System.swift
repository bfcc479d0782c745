import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The names in a folder, sorted; none where it cannot be read.
func namesInFolder(_ path: String) -> [String] {
  guard let folder = opendir(path) else { return [] }
  defer { closedir(folder) }
  var names: [String] = []
  while let entry = readdir(folder) {
    let name = withUnsafePointer(to: &entry.pointee.d_name) {
      $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
    }
    if name != "." && name != ".." { names.append(name) }
  }
  return names.sorted()
}

/// The bytes of a file, nil where there is none.
func fileSize(_ path: String) -> Int? {
  var status = stat()
  return stat(path, &status) == 0 ? Int(status.st_size) : nil
}

/// The processors that the process may use.
func processorCount() -> Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

/// The absolute form of a path, links resolved where it exists.
func absolutePath(_ path: String) -> String {
  guard let resolved = realpath(path, nil) else { return path }
  defer { free(resolved) }
  return String(cString: resolved)
}

/// The number of the signal that asked the process to stop, 0 before.
private let stopSignal = Atomic<Int32>(0)

/// Whether a step has been trained: before, there is nothing to save.
private let hasTrained = Atomic<Bool>(false)

/// Paths to take away where a signal ends the process before its first step: a list of C strings that ends with nil.
private let leftovers = Atomic<UInt>(0)

/// Names what a signal takes away that ends the process before its first step, folders behind what is in them. What a
/// handler may do is little: the strings are made here, and never freed.
func takeAwayAtOnce(_ paths: [String]) {
  let list = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: paths.count + 1)
  for (index, path) in paths.enumerated() { (list + index).initialize(to: strdup(path)) }
  (list + paths.count).initialize(to: nil)
  leftovers.store(UInt(bitPattern: list), ordering: .releasing)
}

/// Ends the process from the handler of a signal, and leaves nothing of a run that has not begun.
private func endAtOnce(_ code: Int32) {
  var list = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>(bitPattern: leftovers.load(ordering: .acquiring))
  while !hasTrained.load(ordering: .relaxed), let path = list?.pointee {
    if unlink(path) != 0 { rmdir(path) }
    list = list.map { $0 + 1 }
  }
  _exit(code)
}

/// Turns the first Ctrl-C, SIGTERM or SIGHUP into a request once a step has been trained; before that, and the second
/// time, it ends the process at once. A hangup that is ignored (`nohup`) stays ignored; what a parent's thread held back
/// is let in.
func watchStopSignals() {
  var watched = sigset_t()
  sigemptyset(&watched)
  for number in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&watched, number) }
  for number in [SIGINT, SIGTERM, SIGHUP] {
    let before = signal(number) { received in
      let isFirst = stopSignal.exchange(received, ordering: .relaxed) == 0
      if !isFirst || !hasTrained.load(ordering: .relaxed) { endAtOnce(128 + received) }
    }
    if number == SIGHUP, unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) {
      signal(number, SIG_IGN)
    }
  }
  pthread_sigmask(SIG_UNBLOCK, &watched, nil)
}

/// The signal that was received, or nil.
func receivedStopSignal() -> Int32? {
  let number = stopSignal.load(ordering: .relaxed)
  return number == 0 ? nil : number
}

/// Asked after each step: whether a signal was received. From the first time on, a signal is a request.
func wasAskedToStop() -> Bool {
  hasTrained.store(true, ordering: .relaxed)
  return receivedStopSignal() != nil
}

extension ExitCode {
  /// The code of a command that a signal ended: 128 and its number.
  init(stoppedBy signal: Int32) { self = ExitCode(rawValue: 128 + signal) ?? .interrupted }
}
