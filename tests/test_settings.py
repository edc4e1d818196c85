import os

import pytest

from analysis import settings


def test_every_setting_has_a_unique_name_and_variable():
    names = [setting.name for setting in settings.SETTINGS]
    variables = [setting.env for setting in settings.SETTINGS]
    assert len(set(names)) == len(names)
    assert len(set(variables)) == len(variables)
    assert all(variable.startswith("QAZCUBE_") for variable in variables)
    assert all(setting.help.endswith(".") for setting in settings.SETTINGS)


@pytest.mark.parametrize("setting", settings.SETTINGS, ids=lambda setting: setting.name)
def test_environment_is_read_at_each_call(setting, monkeypatch):
    monkeypatch.delenv(setting.env, raising=False)
    assert settings.get(setting.name) == setting.default
    monkeypatch.setenv(setting.env, "changed")
    assert settings.get(setting.name) == "changed"
    monkeypatch.setenv(setting.env, "")
    assert settings.get(setting.name) == setting.default


def test_unknown_setting_gets_a_suggestion():
    with pytest.raises(ValueError, match="Did you mean 'cache'"):
        settings.get("cahce")


def test_root_holds_the_house():
    assert (settings.ROOT / "analysis" / "settings.py").is_file()
    assert (settings.ROOT / "apps").is_dir()


def test_cache_is_created_where_it_is_asked_for(tmp_path, monkeypatch):
    wanted = tmp_path / "deep" / "er"
    monkeypatch.setenv("QAZCUBE_CACHE", str(wanted))
    assert settings.cache_dir() == wanted
    assert wanted.is_dir()


def test_cache_of_a_checkout_stays_in_it(monkeypatch, tmp_path):
    monkeypatch.delenv("QAZCUBE_CACHE", raising=False)
    monkeypatch.setattr(settings, "ROOT", tmp_path)
    (tmp_path / "pyproject.toml").touch()
    assert settings.cache_dir() == tmp_path / "data_cache"


def test_cache_of_an_installed_copy_is_the_users(monkeypatch, tmp_path):
    monkeypatch.delenv("QAZCUBE_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setattr(settings, "ROOT", tmp_path / "site-packages")
    assert settings.cache_dir().is_relative_to(tmp_path / "xdg")


def test_cache_that_cannot_be_made_is_a_clear_error(tmp_path, monkeypatch):
    blocker = tmp_path / "file"
    blocker.write_text("not a folder")
    monkeypatch.setenv("QAZCUBE_CACHE", str(blocker / "inside"))
    with pytest.raises(ValueError, match="Set QAZCUBE_CACHE"):
        settings.cache_dir()


def test_several_catalogues_keep_their_order(monkeypatch, tmp_path):
    monkeypatch.setenv("QAZCUBE_CATALOG", f"{tmp_path / 'b.yml'}{os.pathsep}{tmp_path / 'a.yml'}")
    assert settings.catalog_paths() == (tmp_path / "b.yml", tmp_path / "a.yml")
    assert settings.user_catalog() == tmp_path / "a.yml"


def test_catalogue_of_the_configuration_folder_counts_where_none_is_named(monkeypatch, tmp_path):
    monkeypatch.delenv("QAZCUBE_CATALOG", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert settings.catalog_paths() == ()
    own = settings.user_catalog()
    assert own.is_relative_to(tmp_path)
    own.parent.mkdir(parents=True)
    own.write_text("version: 2")
    assert settings.catalog_paths() == (own,)
