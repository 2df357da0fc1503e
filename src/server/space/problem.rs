//! Why something could not be done, with the status and the code word that the protocol has for it
//! (part A section 10). Knows nothing of HTTP beyond those numbers.

use std::io;

/// What went wrong with a request or with one of its items.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// Neither a file nor a directory is there.
    #[error("there is nothing at this path")]
    PathMissing,
    /// No file is there.
    #[error("there is no such file")]
    FileMissing,
    /// The folder that is served has been deleted.
    #[error("the folder of this library is not there any more")]
    LibraryGone,
    /// The library has no such space.
    #[error("there is no such space")]
    SpaceMissing,
    /// A space with something in it, or in its bin, goes only if that is said.
    #[error("the space or its recycle bin is not empty")]
    SpaceNotEmpty,
    /// A space has at most one quota.
    #[error("one of these spaces has a quota already")]
    DuplicateQuota,
    /// A quota leaves no room.
    #[error("the quota leaves no room for this")]
    NoRoom,
    /// No directory is there, or the parent is missing.
    #[error("there is no such directory")]
    DirectoryMissing,
    /// The file to be moved is missing.
    #[error("the file to be moved is not there")]
    SourceFileMissing,
    /// The directory to be moved is missing.
    #[error("the directory to be moved is not there")]
    SourceDirectoryMissing,
    /// What is to be moved or copied is missing, file or directory.
    #[error("there is nothing at the path of the source")]
    SourceMissing,
    /// The time that things stay in the bin was said a short while ago.
    #[error("how long things stay in the bin may be changed every ten minutes")]
    TooOften,
    /// The library has no directories.
    #[error("this library has no directories")]
    NoDirectories,
    /// More directories in one another than the library allows.
    #[error("this library has no directories that deep")]
    TooDeep,
    /// The library has files in albums only.
    #[error("files of this library lie in albums, not in the root directory")]
    NotInRoot,
    /// The library takes no files of that kind.
    #[error("this library takes photos and videos only")]
    NotMedia,
    /// A photo would become a video, or a video a photo.
    #[error("in this library a photo stays a photo and a video a video")]
    TypeChanged,
    /// The bin does not hold it.
    #[error("the recycle bin holds no such item")]
    ItemMissing,
    /// An upload's key is not known, or its time is over.
    #[error("no upload of that key is going on")]
    UploadMissing,
    /// Confirmed before its bytes arrived.
    #[error("the bytes of this upload have not arrived")]
    UploadIncomplete,
    /// Confirmed while parts are missing.
    #[error("not all parts of this upload have arrived")]
    PartsIncomplete,
    /// A part before the last one is smaller than parts may be.
    #[error("each part but the last has at least 1 MiB")]
    PartTooSmall,
    /// Parts were asked for of an upload that has none.
    #[error("this upload is not one in parts")]
    NotMultipart,
    /// Confirmed twice.
    #[error("this upload was confirmed before")]
    UploadComplete,
    /// The bytes are not those that were meant.
    #[error("the checksum of the bytes that arrived is another one")]
    BadCrc64,
    /// The space itself cannot be deleted, moved or made.
    #[error("this cannot be done to the root directory")]
    Root,
    /// The name is in use.
    #[error("a file or directory of that name exists")]
    NameTaken,
    /// No free name was found.
    #[error("no free name was found")]
    NamesUsedUp,
    /// A running task works on this path, or above or below it.
    #[error("a running task works on this path")]
    Busy,
    /// Something else, or something newer, is where the task's item was.
    #[error("this is not what was here when the task was accepted")]
    Changed,
    /// The content is not what the caller saw.
    #[error("the content is another one than the content token says")]
    ContentChanged,
    /// A virtual file has no bytes.
    #[error("this file has no content")]
    NoContent,
    /// A link shows files only.
    #[error("a link to a directory cannot be made")]
    LinkToDirectory,
    /// A link to a link to a link and so on.
    #[error("there are too many links between this one and a file")]
    LinkTooDeep,
    /// Links that show each other.
    #[error("this link would show itself")]
    LinkLoop,
    /// A link cannot replace the file that it shows.
    #[error("a link cannot replace what it shows")]
    LinkOverTarget,
    /// What the link shows is not there.
    #[error("the file that this link shows is not there")]
    LinkDangling,
    /// The token does not allow it.
    #[error("the access token does not allow this")]
    NoPermission,
    /// The operating system does not allow it; holds what it said.
    #[error("the file system refuses: {0}")]
    Refused(String),
    /// The name holds characters that the protocol refuses.
    #[error("a name may not hold any of \\ / : * ? \" < > |")]
    IllegalName,
    /// A file name of more than 255 characters.
    #[error("a file name may have 255 characters, and no more than 255 bytes on this disk")]
    FileNameTooLong,
    /// A directory name of more than 255 characters.
    #[error("a directory name may have 255 characters, and no more than 255 bytes on this disk")]
    DirectoryNameTooLong,
    /// A directory cannot be put into itself.
    #[error("a directory cannot be moved into itself")]
    IntoItself,
    /// A file was asked for and a directory is there.
    #[error("the source is not a file")]
    SourceNotAFile,
    /// A directory was asked for and something else is there.
    #[error("the source is not a directory")]
    SourceNotADirectory,
    /// A marker that this service did not give, or gave for another listing.
    #[error("the marker belongs to no listing of this kind")]
    MarkerUnknown,
    /// A parameter cannot be understood; says which.
    #[error("{0}")]
    BadParameter(String),
    /// The strategy does not exist here.
    #[error("the conflict strategy '{0}' is not possible here")]
    BadStrategy(String),
    /// A move or a copy would overwrite a file whose content is kept.
    #[error("a file is not overwritten by a move or a copy while history is on")]
    OverwriteNotAllowed,
    /// Only ordinary files have old versions.
    #[error("only a file has old versions")]
    NoHistory,
    /// There is no such old version, or it is another file's.
    #[error("there is no such old version")]
    VersionMissing,
    /// The version is the latest.
    #[error("the latest version cannot be deleted as an old one")]
    LatestVersion,
    /// The log has a gap, or does not reach back that far.
    #[error("the cursor has expired; take a new one and list everything again")]
    CursorExpired,
    /// The library works without a recycle bin.
    #[error("the recycle bin is not enabled")]
    BinOff,
    /// A rename cannot reach it.
    #[error(
        "the entry lies on another file system than the library and cannot be moved to its bin"
    )]
    Elsewhere,
    /// Another process changes this space.
    #[error("another program has opened this library for changes")]
    Held,
    /// The service is being stopped.
    #[error("the service is stopping")]
    Stopping,
    /// The user marked it before.
    #[error("this is a favourite already")]
    FavoriteTaken,
    /// The user did not mark it.
    #[error("this is no favourite")]
    FavoriteMissing,
    /// Somebody took our own folder away while it was in use.
    #[error(
        "the library's folder .mediasweep was taken away; nothing was changed, and the next change \
         makes the folder anew"
    )]
    OwnMissing,
    /// The disk failed.
    #[error("the disk failed: {0}")]
    Io(io::Error),
    /// The ledger failed.
    #[error("the library's ledger failed: {0}")]
    Ledger(#[from] rusqlite::Error),
}

impl Problem {
    /// The status of an item or of an answer.
    pub fn status(&self) -> u16 {
        self.words().0
    }

    /// The code word.
    pub fn code(&self) -> &'static str {
        self.words().1
    }

    /// The same problem for another item that met it.
    pub fn again(&self) -> Self {
        match self {
            Self::Refused(text) => Self::Refused(text.clone()),
            Self::Held => Self::Held,
            Self::Stopping => Self::Stopping,
            Self::OwnMissing => Self::OwnMissing,
            other => Self::Io(io::Error::other(other.to_string())),
        }
    }

    fn words(&self) -> (u16, &'static str) {
        match self {
            Self::PathMissing => (404, "PathNotFound"),
            Self::FileMissing => (404, "FileNotFound"),
            Self::LibraryGone | Self::SpaceMissing => (404, "SpaceNotFound"),
            Self::SpaceNotEmpty => (409, "SpaceNotEmpty"),
            Self::DuplicateQuota => (409, "DuplicateQuota"),
            Self::NoRoom => (400, "QuotaLimitReached"),
            Self::DirectoryMissing => (404, "DirectoryNotFound"),
            Self::SourceFileMissing => (404, "SourceFileNotFound"),
            Self::SourceDirectoryMissing => (404, "SourceDirectoryNotFound"),
            Self::SourceMissing => (404, "SourcePathNotFound"),
            Self::TooOften => (403, "SetRecycleLifecycleFrequencyLimit"),
            Self::NoDirectories => (400, "DirectoryNotAllowed"),
            Self::TooDeep => (400, "DirectoryLevelExceed"),
            Self::NotInRoot => (400, "UploadToRootDirectoryNotAllowed"),
            Self::NotMedia => (400, "ExtnameNotAllowed"),
            Self::TypeChanged => (400, "FileTypeNotMatched"),
            Self::ItemMissing => (404, "RecycledItemNotFound"),
            Self::UploadMissing => (404, "ConfirmKeyNotFound"),
            Self::UploadIncomplete => (404, "UploadIncomplete"),
            Self::PartsIncomplete => (400, "MultipartUploadIncomplete"),
            Self::PartTooSmall => (400, "MultipartUploadPartTooSmall"),
            Self::NotMultipart => (404, "NotMultipartUpload"),
            Self::UploadComplete => (409, "UploadComplete"),
            Self::BadCrc64 => (400, "BadCrc64"),
            Self::Root => (400, "RootDirectoryNotAllowed"),
            Self::NameTaken => (409, "SameNameDirectoryOrFileExists"),
            Self::NamesUsedUp => (409, "RenameTooManyTimes"),
            Self::Busy | Self::Changed => (409, "PathConflict"),
            Self::ContentChanged => (409, "ContentCasConflict"),
            Self::NoContent => (404, "CosObjectNonexistent"),
            Self::LinkToDirectory => (400, "SymlinkToDirectoryNotAllowed"),
            Self::LinkTooDeep => (400, "SymlinkDepthLimitExceeded"),
            Self::LinkLoop => (409, "CircleSymlink"),
            Self::LinkOverTarget => (400, "SymlinkOverwriteConflict"),
            Self::LinkDangling => (404, "RootLinkFileNotFound"),
            Self::NoPermission => (403, "NoPermission"),
            Self::Refused(_) | Self::Held => (403, "WriteForbidden"),
            Self::IllegalName => (400, "IllegalFileName"),
            Self::FileNameTooLong => (400, "FileNameLengthExceed"),
            Self::DirectoryNameTooLong => (400, "DirectoryNameLengthExceed"),
            Self::IntoItself => (400, "SourceDirectoryIsParentOfDestination"),
            Self::SourceNotAFile => (400, "InvalidSourceFile"),
            Self::SourceNotADirectory => (400, "InvalidSourceDirectory"),
            Self::MarkerUnknown => (404, "MarkerNotFound"),
            Self::BadParameter(_) => (400, "ParamInvalid"),
            Self::BadStrategy(_) => (400, "InvalidConflictResolutionStrategy"),
            Self::OverwriteNotAllowed => (400, "OverwriteFileNotAllowed"),
            Self::NoHistory => (400, "UnsupportedFileType"),
            Self::VersionMissing => (404, "DirectoryHistoryNotFound"),
            Self::LatestVersion => (400, "DirectoryHistoryNotBeDeleted"),
            Self::CursorExpired => (400, "CursorExpired"),
            Self::BinOff => (400, "RecycleBinNotEnabled"),
            Self::FavoriteTaken => (409, "DuplicateFavoriteRecord"),
            Self::FavoriteMissing => (404, "FavoriteIdNotFound"),
            Self::Stopping => (503, "ServerOverloaded"),
            Self::Elsewhere | Self::OwnMissing | Self::Io(_) | Self::Ledger(_) => {
                (500, "InternalServerError")
            }
        }
    }
}

/// What most failures of the disk mean for the path that was asked for.
impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Self::PathMissing,
            io::ErrorKind::AlreadyExists | io::ErrorKind::DirectoryNotEmpty => Self::NameTaken,
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::Refused(error.to_string())
            }
            io::ErrorKind::CrossesDevices => Self::Elsewhere,
            io::ErrorKind::InvalidFilename => Self::FileNameTooLong,
            _ => Self::Io(error),
        }
    }
}

impl From<rustix::io::Errno> for Problem {
    fn from(error: rustix::io::Errno) -> Self {
        // With NOFOLLOW a symbolic link in the middle of a path says ELOOP.
        if error == rustix::io::Errno::LOOP {
            return Self::PathMissing;
        }
        io::Error::from(error).into()
    }
}
