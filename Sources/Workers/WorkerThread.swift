// On the list of files that may use `Unmanaged` and raw pointers: the closure travels through `pthread_create`.
import Glibc
import Synchronization

/// A named operating-system thread with a stack of known size, for loops and workers that live long.
///
/// SIGTERM, SIGINT and SIGHUP are blocked in it: they belong to the thread that waits for them.
public final class WorkerThread: Sendable {
    /// Nil once joined.
    private let identifier: Mutex<pthread_t?>

    private init(identifier: pthread_t) {
        self.identifier = Mutex(identifier)
    }

    deinit {
        identifier.withLock { if let thread = $0 { pthread_detach(thread) } }
    }

    /// Starts a thread that runs `body` to its end.
    ///
    /// - Parameters:
    ///   - name: shown by `ps` and `gdb`, which see the first 15 bytes.
    ///   - stackSize: in bytes; default 1 MiB. A multiple of the page size, at least 64 KiB.
    ///   - body: what the thread does.
    public static func start(
        name: String, stackSize: Int = 1 << 20, body: @escaping @Sendable () -> Void
    ) -> WorkerThread {
        precondition(stackSize >= 65_536, "a thread's stack has at least 64 KiB")
        let main = Unmanaged.passRetained(Main(name: name, body: body))  // released by `run`
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        guard pthread_attr_setstacksize(&attributes, stackSize) == 0 else {
            fatalError("a thread's stack is a multiple of the page size, and this is not: \(stackSize)")
        }
        // A thread inherits the mask of its creator, so it is never without it.
        var stopping = sigset_t()
        var before = sigset_t()
        sigemptyset(&stopping)
        for signal in [SIGTERM, SIGINT, SIGHUP] { sigaddset(&stopping, signal) }
        pthread_sigmask(SIG_BLOCK, &stopping, &before)
        var identifier = pthread_t()
        let result = pthread_create(&identifier, &attributes, run, main.toOpaque())
        pthread_sigmask(SIG_SETMASK, &before, nil)
        guard result == 0 else {
            fatalError("the system gives no thread for \(name): error \(result)")
        }
        return WorkerThread(identifier: identifier)
    }

    /// Waits until the body has returned; further calls return at once, and so does one by the thread itself: it may
    /// be the last to let go of what owns it.
    public func join() {
        identifier.withLock { identifier in
            guard let thread = identifier else { return }
            if pthread_equal(thread, pthread_self()) != 0 {
                pthread_detach(thread)
            } else {
                pthread_join(thread, nil)
            }
            identifier = nil
        }
    }

    /// Lowers the calling thread's priority by this many steps of nice(2), which Linux counts for each thread.
    static func lowerPriority(by niceness: Int) {
        // 0 is the caller. The kernel may refuse (a seccomp filter): then the thread is only less polite.
        _ = setpriority(Int32(PRIO_PROCESS.rawValue), 0, Int32(niceness))
    }

    /// Names the calling thread; `pthread_setname_np` is hidden from Swift by glibc's feature macros.
    fileprivate static func setName(_ name: String) {
        let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        // Without /proc (a bare chroot) the thread only keeps its creator's name.
        guard file >= 0 else { return }
        let bytes = Array(name.utf8.prefix(15))
        _ = write(file, bytes, bytes.count)
        close(file)
    }
}

/// What a new thread finds at its start.
private final class Main: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }
}

/// The start routine: takes over the reference that `WorkerThread.start` retained.
private func run(_ pointer: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let pointer else { return nil }
    let main = Unmanaged<Main>.fromOpaque(pointer).takeRetainedValue()
    WorkerThread.setName(main.name)
    main.body()
    return nil
}
