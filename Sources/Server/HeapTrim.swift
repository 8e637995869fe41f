import CEvent

/// Gives memory back to the system when a crowd has left: the allocator keeps what it was given, scattered in pages
/// that nobody uses.
public struct HeapTrim {
    /// Has the allocator give back what it can, on a thread that nobody waits for: it takes milliseconds.
    public static func giveBack() {
        Task.detached { malloc_trim(0) }
    }

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
