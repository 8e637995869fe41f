import CEvent

/// Gives memory back to the system when a crowd has left: the allocator keeps what it was given, scattered in pages
/// that nobody uses.
public struct HeapTrim {
    /// From now on to free is only to free, until `giveBack`. By itself the allocator unmaps a heap of 64 MiB in the call
    /// that empties it: some 5 ms on a loop when a million sessions end, however few of them at a time.
    public static func hold() {
        mallopt(M_TRIM_THRESHOLD, .max)
        // A heap is unmapped unless less than this is left of it.
        mallopt(M_TOP_PAD, 64 << 20)
    }

    /// Has the allocator give back what it can, on a thread that nobody waits for: it takes milliseconds.
    public static func giveBack() {
        Task.detached {
            malloc_trim(0)
            mallopt(M_TOP_PAD, keptOctets)
            mallopt(M_TRIM_THRESHOLD, keptOctets)
        }
    }

    /// What glibc keeps at the end of a heap by default.
    private static let keptOctets: Int32 = 128 << 10

    /// A crowd in connections. Smaller ones are not worth the work.
    private static let crowd = 256

    private var most = 0

    /// Looks at the number of connections, once a second, on the loop.
    mutating func check(_ count: Int, on loop: EventLoop) {
        most = max(most, count)
        guard most >= Self.crowd, count <= most / 2 else { return }
        most = count
        // Not on the loop: it takes milliseconds. What lies at the end of its heap only the loop itself can give back.
        Task.detached {
            malloc_trim(0)
            loop.submit { sessiond_trim_thread_heap() }
        }
    }
}
