import Glibc
import Telemetry

/// What the kernel knows of this process, by the names that Prometheus' own libraries use.
struct ProcessFigures: Sendable {
    /// When the process began, in seconds since 1970.
    let start: Int

    func write(to text: inout MetricsText) {
        var used = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used)
        text.begin("process_cpu_seconds_total", .counter, "Processor time, of user and system.")
        text.add(nanoseconds: used.tv_sec * 1_000_000_000 + used.tv_nsec)
        let pages = Self.pages()
        if pages.count > 1 {
            let size = sysconf(Int32(_SC_PAGESIZE))
            text.add("process_virtual_memory_bytes", .gauge, "Virtual memory.", pages[0] * size)
            text.add("process_resident_memory_bytes", .gauge, "Resident memory.", pages[1] * size)
        }
        if let open = Self.openDescriptors() {
            text.add("process_open_fds", .gauge, "Open file descriptors.", open)
        }
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            text.add(
                "process_max_fds", .gauge, "File descriptors that may be open.", Int(clamping: limit.rlim_cur)
            )
        }
        text.add("process_start_time_seconds", .gauge, "When the process began, since 1970.", start)
    }

    /// Of the whole process and of what is resident (proc(5), `/proc/PID/statm`). Empty: the kernel does not say.
    private static func pages() -> [Int] {
        let file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return [] }
        defer { close(file) }
        var text = [UInt8](repeating: 0, count: 128)
        let count = read(file, &text, text.count)
        guard count > 0 else { return [] }
        return String(decoding: text[..<count], as: UTF8.self).split(separator: " ").prefix(2).compactMap {
            Int($0)
        }
    }

    /// Nil: the kernel does not say.
    private static func openDescriptors() -> Int? {
        guard let folder = opendir("/proc/self/fd") else { return nil }
        defer { closedir(folder) }
        // Beside them there are "." and "..", and what the folder is read by.
        var count = -3
        while readdir(folder) != nil { count += 1 }
        return count
    }
}
