#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The bytes of memory that may still be taken without swapping: the lesser of what the kernel estimates
/// (`MemAvailable`) and what the control group leaves.
package func availableMemory() -> Int {
  var available = physicalMemory()
  if let text = smallSystemFile("/proc/meminfo"), let start = text.range(of: Array("MemAvailable:".utf8)) {
    available = min(available, firstNumber(in: text[start...]).map { $0.multipliedSaturating(by: 1024) } ?? available)
  }
  if let limit = smallSystemFile("/sys/fs/cgroup/memory.max").flatMap({ firstNumber(in: $0[...]) }),
    let used = smallSystemFile("/sys/fs/cgroup/memory.current").flatMap({ firstNumber(in: $0[...]) })
  {
    available = min(available, max(0, limit - used))
  }
  return available
}

private func physicalMemory() -> Int {
  let pages = sysconf(Int32(_SC_PHYS_PAGES))
  let size = sysconf(Int32(_SC_PAGESIZE))
  return pages > 0 && size > 0 ? Int(pages).multipliedSaturating(by: Int(size)) : 1 << 32
}

/// The first 8 KiB of a file of the kernel.
private func smallSystemFile(_ path: String) -> [UInt8]? {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { return nil }
  defer { close(descriptor) }
  var bytes = [UInt8](repeating: 0, count: 8192)
  let count = read(descriptor, &bytes, bytes.count)
  return count > 0 ? Array(bytes[..<count]) : nil
}

private func firstNumber(in bytes: ArraySlice<UInt8>) -> Int? {
  var value: Int?
  for byte in bytes {
    if byte >= 48, byte <= 57 {
      value = (value ?? 0).multipliedSaturating(by: 10)
      value = value.map { $0 > Int.max - 9 ? Int.max : $0 + Int(byte - 48) }
    } else if value != nil || byte == 10 {
      break
    }
  }
  return value
}

extension Int {
  fileprivate func multipliedSaturating(by factor: Int) -> Int {
    let (value, overflow) = multipliedReportingOverflow(by: factor)
    return overflow ? Int.max : value
  }
}

extension [UInt8] {
  /// Where a pattern ends for the first time.
  fileprivate func range(of pattern: [UInt8]) -> Int? {
    guard pattern.count <= count else { return nil }
    for start in 0...(count - pattern.count) where self[start..<(start + pattern.count)].elementsEqual(pattern) {
      return start + pattern.count
    }
    return nil
  }
}
