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

/// Turns the first Ctrl-C or SIGTERM into a request; a second one ends the process at once.
func watchStopSignals() {
  for number in [SIGINT, SIGTERM] {
    signal(number) { received in
      if stopSignal.exchange(received, ordering: .relaxed) != 0 { _exit(128 + received) }
    }
  }
}

/// The signal that was received, or nil.
func receivedStopSignal() -> Int32? {
  let number = stopSignal.load(ordering: .relaxed)
  return number == 0 ? nil : number
}
