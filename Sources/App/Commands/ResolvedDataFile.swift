import Glibc

extension Configuration.DataFile {
    /// The path of the file itself, where `file` is a link: lock and control socket belong to the file, not to one of
    /// its names. A file that does not exist yet has the name that is given.
    var resolvedFile: String {
        guard let path = realpath(file, nil) else { return file }
        defer { free(path) }
        return String(cString: path)
    }
}
