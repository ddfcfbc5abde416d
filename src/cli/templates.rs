//! `layerscope templates`: the built-in look as files, to be changed and given back with `--templates`.

use super::CommandError;
use super::arguments::TemplatesArguments;
use crate::site::Templates;

/// Writes every built-in template and asset into a folder.
///
/// # Errors
/// [`CommandError`] if one of the files is there already or cannot be written.
pub(super) fn run(arguments: &TemplatesArguments) -> Result<(), CommandError> {
    let written = Templates::write_built_in(&arguments.folder)?;
    println!(
        "{written} templates and assets in {}; keep those that you change and give the folder to `report --templates`",
        arguments.folder.display()
    );
    Ok(())
}
