//! What the user wants, freed of keys. The words are those of `assets/keymap.toml`.

use serde::Deserialize;
use strum::{EnumIter, EnumString, IntoStaticStr};

use crate::domain::order::{Order, SortKey};

/// An intention; where the user is decides what it means there.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, EnumIter, EnumString, IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[expect(
    missing_docs,
    reason = "each is explained in the key map, which is the help text"
)]
pub enum Action {
    // motion
    Next,
    Previous,
    First,
    Last,
    HalfDown,
    HalfUp,
    PageDown,
    PageUp,
    // places
    Enter,
    Leave,
    Root,
    HistoryBack,
    HistoryForward,
    RememberPlace,
    GoToPlace,
    TypePath,
    TabNew,
    TabClose,
    TabNext,
    TabPrevious,
    TabName,
    #[serde(rename = "tab_1")]
    #[strum(serialize = "tab_1")]
    Tab1,
    #[serde(rename = "tab_2")]
    #[strum(serialize = "tab_2")]
    Tab2,
    #[serde(rename = "tab_3")]
    #[strum(serialize = "tab_3")]
    Tab3,
    #[serde(rename = "tab_4")]
    #[strum(serialize = "tab_4")]
    Tab4,
    #[serde(rename = "tab_5")]
    #[strum(serialize = "tab_5")]
    Tab5,
    #[serde(rename = "tab_6")]
    #[strum(serialize = "tab_6")]
    Tab6,
    #[serde(rename = "tab_7")]
    #[strum(serialize = "tab_7")]
    Tab7,
    #[serde(rename = "tab_8")]
    #[strum(serialize = "tab_8")]
    Tab8,
    #[serde(rename = "tab_9")]
    #[strum(serialize = "tab_9")]
    Tab9,
    NextPane,
    PreviousPane,
    Marks,
    Plan,
    Jobs,
    UndoHistory,
    Bin,
    Help,
    Back,
    Quit,
    // what lies below
    Biggest,
    EmptyFolders,
    Duplicates,
    Weights,
    Found,
    KeepNewest,
    KeepOldest,
    KeepShortest,
    KeepLongest,
    KeepReference,
    KeepFolderOrder,
    Reach,
    Compare,
    MarkLeft,
    MarkRight,
    // marks
    Toggle,
    Range,
    UnmarkRange,
    OtherEnd,
    MarkAll,
    Invert,
    MarkRule,
    UnmarkRule,
    RepeatRule,
    MarkExtension,
    Clear,
    BringBack,
    Group,
    EditList,
    WriteList,
    // the list
    Filter,
    Find,
    FindNext,
    FindPrevious,
    Search,
    SearchForm,
    Stop,
    Reload,
    PreviewDown,
    PreviewUp,
    TogglePictures,
    ToggleMarks,
    TogglePreview,
    ToggleJobs,
    DotFiles,
    ColumnType,
    ColumnLabels,
    ColumnSize,
    ColumnModified,
    ColumnCreated,
    ColumnOwner,
    TimesLocal,
    TimesUtc,
    TimesRelative,
    TimesIso,
    UnitsBinary,
    UnitsDecimal,
    UnitsBytes,
    FolderSizes,
    CopyPath,
    CopyDirectory,
    CopyName,
    CopyStem,
    CopyLink,
    Details,
    Yank,
    Cut,
    Paste,
    Unyank,
    Open,
    Download,
    NewFolder,
    Rename,
    SortName,
    SortNameReversed,
    SortSize,
    SortSizeReversed,
    SortModified,
    SortModifiedReversed,
    SortCreated,
    SortCreatedReversed,
    SortExtension,
    SortExtensionReversed,
    SortExpires,
    ToggleGroups,
    OnClash,
    // work
    Recycle,
    DeleteForever,
    Undo,
    Restore,
    EmptyBin,
    CancelJob,
    Pause,
    Sooner,
    Later,
    Retry,
    MarkFailed,
    WriteReport,
    CopyReason,
    // the plan
    DryRun,
    WritePlan,
    BatchSize,
    GoOn,
    // the program
    Command,
    Mouse,
    Library,
    Interrupt,
    Suspend,
    Redraw,
}

impl Action {
    /// Its word, as in the key map and after `:`.
    pub fn word(self) -> &'static str {
        self.into()
    }

    /// The place of the tab that it asks for, from 0.
    pub fn tab(self) -> Option<usize> {
        Some(match self {
            Self::Tab1 => 0,
            Self::Tab2 => 1,
            Self::Tab3 => 2,
            Self::Tab4 => 3,
            Self::Tab5 => 4,
            Self::Tab6 => 5,
            Self::Tab7 => 6,
            Self::Tab8 => 7,
            Self::Tab9 => 8,
            _ => return None,
        })
    }

    /// Whether it is about copies of files alone.
    pub fn is_about_copies(self) -> bool {
        matches!(
            self,
            Self::KeepNewest
                | Self::KeepOldest
                | Self::KeepShortest
                | Self::KeepLongest
                | Self::KeepReference
                | Self::KeepFolderOrder
                | Self::Reach
                | Self::Compare
        )
    }

    /// The order that a sort action asks for.
    pub fn order(self) -> Option<Order> {
        let (key, reversed) = match self {
            Self::SortName => (SortKey::Name, false),
            Self::SortNameReversed => (SortKey::Name, true),
            Self::SortSize => (SortKey::Size, false),
            Self::SortSizeReversed => (SortKey::Size, true),
            Self::SortModified => (SortKey::Modified, false),
            Self::SortModifiedReversed => (SortKey::Modified, true),
            Self::SortCreated => (SortKey::Created, false),
            Self::SortCreatedReversed => (SortKey::Created, true),
            Self::SortExtension => (SortKey::Extension, false),
            Self::SortExtensionReversed => (SortKey::Extension, true),
            _ => return None,
        };
        Some(Order { key, reversed })
    }
}
