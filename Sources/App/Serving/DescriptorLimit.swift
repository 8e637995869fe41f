import Glibc

/// How many files and connections the system lets this process have open.
enum DescriptorLimit {
    /// Raises the soft limit, which is meant for programs that use select(), to the hard one, and returns it.
    static func raised() -> Int {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limit) == 0 else { return 1_024 }
        limit.rlim_cur = limit.rlim_max
        setrlimit(resource, &limit)
        return Int(clamping: limit.rlim_cur)
    }
}
