// On the list of files that may import a C module: the counter stands before malloc, where Swift cannot stand.
import CAllocations

/// How often memory was asked for.
enum Allocations {
    /// Since this thread began.
    static var ofThisThread: Int { Int(allocations_of_this_thread()) }
}
